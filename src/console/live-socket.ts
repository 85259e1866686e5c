import type { HttpRequest, SocketRoute } from '../../runtime/cloud/transport.ts';
import { type ApiAccessOptions, identify, upgradeAccess } from '../api/access.ts';
import { errorResponse } from '../api/json-response.ts';
import { type OpenSocket, OpenSockets } from '../api/open-sockets.ts';
import { VERSION } from '../version.ts';
import { Viewer, type ViewerOptions } from './viewer.ts';

export interface LiveSocketOptions extends ViewerOptions {
  access: ApiAccessOptions;
}

export interface LiveSocket extends SocketRoute<Looker> {
  /** Closes the sockets of those who have logged out. */
  recheck(): void;
  stop(): void;
}

/** A page's socket from its upgrade to its close. */
export interface Looker extends OpenSocket {
  viewer: Viewer | null;
  readOnly: boolean;
}

const MOST_SOCKETS = 200;
const MAX_REQUEST_BYTES = 4 * 1024;
/** Thousands of rows in one message. */
const MAX_BACKPRESSURE_BYTES = 16 * 1024 * 1024;
const IDLE_TIMEOUT_S = 60;

/** The WebSocket that pages watch calls on. It only tells: nothing that comes in changes a call. */
export function liveSocket(options: LiveSocketOptions): LiveSocket {
  const { access, clock } = options;
  const letIn = upgradeAccess(access);
  const open = new OpenSockets<Looker>(clock);

  function lookerOf(request: HttpRequest): Looker {
    return {
      viewer: null,
      readOnly: (access.readOnly ?? false) && identify(request, access) !== 'key',
      isStillIn: () => identify(request, access) !== 'none',
      close() {},
    };
  }

  return {
    path: '/api/live',
    maxPayloadBytes: MAX_REQUEST_BYTES,
    maxBackpressureBytes: MAX_BACKPRESSURE_BYTES,
    idleTimeoutS: IDLE_TIMEOUT_S,

    authorize(request) {
      const refusal = letIn(request);
      if (refusal) return { refuse: refusal };
      if (open.size >= MOST_SOCKETS)
        return { refuse: errorResponse(503, `${MOST_SOCKETS} pages look already. Close some.`) };
      return { accept: lookerOf(request) };
    },

    opened(socket) {
      const looker = socket.data;
      looker.viewer = new Viewer(socket, options);
      looker.close = (code, reason) => socket.close(code, reason);
      open.add(looker);
      looker.viewer.send({
        type: 'hello',
        version: VERSION,
        now: clock.wallTime(),
        readOnly: looker.readOnly,
      });
    },

    message(socket, message) {
      socket.data.viewer?.receive(message.toString('utf8'));
    },

    drained(socket) {
      socket.data.viewer?.drained();
    },

    closed(socket) {
      open.delete(socket.data);
      socket.data.viewer?.close();
    },

    recheck: () => open.recheck(),
    stop: () => open.stop(),
  };
}
