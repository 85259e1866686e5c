import type { HttpRoute, Server } from '../../runtime/cloud/transport.ts';
import { jsonResponse } from './json-response.ts';

export interface Health {
  draining: boolean;
  /** Live on this node. */
  calls: number;
  /** To other nodes, since it drains. */
  moved: number;
  /** As many as it takes. */
  maxCalls: number;
  /** Where the node runs; null when it has not been told. */
  region: string | null;
  transport: Server['transport'];
  uptimeS: number;
  version: string;
}

/** For balancers, so without a key: 200 while new calls are welcome, 503 while the node drains. */
export function healthRoute(read: () => Health): HttpRoute {
  return {
    method: 'GET',
    path: '/healthz',
    handle() {
      const { draining, moved, ...rest } = read();
      if (!draining) return jsonResponse(200, { status: 'ok', ...rest });
      const why = `This node has been told to stop and takes no new calls: ${rest.calls} are here still, ${moved} have gone to other nodes.`;
      return jsonResponse(503, { status: 'draining', why, moved, ...rest });
    },
  };
}
