import { createHash } from 'node:crypto';
import type { HttpRequest } from '../../runtime/cloud/transport.ts';
import { type ApiAccessOptions, identify } from '../api/access.ts';
import { sessionTokenOf } from '../api/session-cookie.ts';

/** How the record names whoever asks: by their session, of which it tells enough to know it again and nothing to enter by. */
export function supervisorName(request: HttpRequest, access: ApiAccessOptions): string {
  switch (identify(request, access)) {
    case 'key':
      return 'API';
    case 'loopback':
      return 'this machine';
    case 'session':
      return `session ${hashOf(sessionTokenOf(request) ?? '').slice(0, 8)}`;
    case 'none':
      return 'nobody';
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(`supervisor ${token}`).digest('hex');
}
