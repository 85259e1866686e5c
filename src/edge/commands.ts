import { errorResponse } from '../api/json-response.ts';
import { callObject } from './call-door.ts';
import { toResponse } from './http-request.ts';
import type { EdgeConfig } from './settings.ts';
import { callUpdate } from './update-request.ts';
import type { EdgeEnv } from './workers.ts';

const PATH = /^\/edge\/calls\/(CA[0-9a-fA-F]{32})(\/(?:update|end|hand-off))?$/;

/** Looks at a call, or changes it, for whoever knows the secret that edge and cloud share. Null for a request about something else. */
export async function command(
  request: Request,
  env: EdgeEnv,
  { edgeSecret }: EdgeConfig,
): Promise<Response | null> {
  const [, callSid, action = '/'] = PATH.exec(new URL(request.url).pathname) ?? [];
  if (!callSid) return null;
  const token = /^Bearer +(\S+) *$/i.exec(request.headers.get('authorization') ?? '')?.[1];
  if (!edgeSecret || token === undefined || !edgeSecret.matches(token))
    return toResponse(errorResponse(401, 'Send "Authorization: Bearer <EDGE_SECRET>".'));
  const method = action === '/' ? 'GET' : 'POST';
  if (request.method !== method) return toResponse(errorResponse(405, `Send ${method}.`));

  let body: unknown = null;
  if (action === '/update') {
    const update = callUpdate.safeParse(await request.json().catch(() => null));
    if (!update.success)
      return toResponse(errorResponse(400, update.error.issues.map(({ message }) => message).join(' ')));
    body = update.data;
  } else if (action === '/end') body = { now: new URL(request.url).searchParams.has('now') };
  return callObject(env, callSid).fetch(
    new Request(`https://call${action}`, { method, ...(body !== null && { body: JSON.stringify(body) }) }),
  );
}
