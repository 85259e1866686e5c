import { z } from 'zod';
import type { Call } from '../../runtime/call.ts';
import type { HttpRequest, HttpResponse, SocketRoute } from '../../runtime/cloud/transport.ts';
import { type ApiAccess, type ApiAccessOptions, upgradeAccess } from '../api/access.ts';
import { errorResponse } from '../api/json-response.ts';
import type { Sessions } from '../api/sessions.ts';
import { type LiveCalls, liveCall } from '../console/call-past.ts';
import { Inspection, type InspectionOptions } from './inspection.ts';
import type { Wish } from './viewer.ts';

export const INSPECT_PATH = '/api/inspect';

export interface InspectSocketOptions extends Omit<InspectionOptions, 'live'> {
  access: ApiAccessOptions & { sessions?: Pick<Sessions, 'isOpen' | 'onEnded'> };
  live: LiveCalls;
}

export interface Looking {
  request: HttpRequest;
  call: Call | null;
  wish: Wish;
  leave: () => void;
}

/** The server's side of inspecting: what hears of calls, and the door. */
export interface InspectSocket {
  inspection: Inspection;
  route: SocketRoute<Looking>;
  close(): void;
}

const DEFAULT_EVENTS_PER_SECOND = 200;
const MOST_EVENTS_PER_SECOND = 2_000;
/** Viewers have nothing to say. */
const MAX_PAYLOAD_BYTES = 4 * 1024;
/** Some seconds of a busy stream, or the charts of twenty calls. */
const MAX_BACKPRESSURE_BYTES = 8 * 1024 * 1024;
const IDLE_TIMEOUT_S = 60;
const NORMAL = 1000;
const POLICY_VIOLATION = 1008;

/**
 * `WS /api/inspect?call=…&sample=…&redact=…&maxEventsPerSecond=…` speaks the protocol of @statelyai/inspect: one JSON frame a
 * message. Open to whoever may read calls, and to no page from elsewhere.
 */
export function inspectSocket(options: InspectSocketOptions): InspectSocket {
  const { access, live } = options;
  const letIn = upgradeAccess(access);
  const inspection = new Inspection(options);
  const open = new Map<object, () => void>();
  const stop = access.sessions?.onEnded(() => {
    for (const recheck of open.values()) recheck();
  });

  const route: SocketRoute<Looking> = {
    path: INSPECT_PATH,
    maxPayloadBytes: MAX_PAYLOAD_BYTES,
    maxBackpressureBytes: MAX_BACKPRESSURE_BYTES,
    idleTimeoutS: IDLE_TIMEOUT_S,

    authorize(request) {
      const looking = lookAt(request, { letIn, live });
      if ('status' in looking) return { refuse: looking };
      const refusal = inspection.refusal(looking.call);
      return refusal === null ? { accept: looking } : { refuse: errorResponse(503, refusal) };
    },

    opened(socket) {
      const { call, wish, request } = socket.data;
      // Between the question and the answer it may have hung up.
      if (call && liveCall(live, call.start.callId) !== call)
        return socket.close(NORMAL, 'the call has ended');
      socket.data.leave = inspection.join(call, wish, socket);
      open.set(socket, () => {
        if (letIn(request)) socket.close(POLICY_VIOLATION, 'logged out');
      });
    },

    message() {},

    closed(socket) {
      open.delete(socket);
      socket.data.leave();
    },
  };

  return {
    inspection,
    route,
    close() {
      stop?.();
      inspection.close();
    },
  };
}

const query = z.object({
  call: z.string().min(1).max(100).optional(),
  sample: z.coerce.number().gt(0).max(1).default(1),
  redact: z.enum(['on', 'off']).default('on'),
  maxEventsPerSecond: z.coerce
    .number()
    .int()
    .min(1)
    .max(MOST_EVENTS_PER_SECOND)
    .default(DEFAULT_EVENTS_PER_SECOND),
});

function lookAt(
  request: HttpRequest,
  { letIn, live }: { letIn: ApiAccess; live: LiveCalls },
): Looking | HttpResponse {
  const refused = letIn(request);
  if (refused) return refused;

  const given = query.safeParse(Object.fromEntries(new URLSearchParams(request.query)));
  if (!given.success)
    return errorResponse(
      400,
      `Ask for call=<CallSid or id> or leave it out for all, sample above 0 to 1, redact=on|off, maxEventsPerSecond from 1 to ${MOST_EVENTS_PER_SECOND}.`,
    );
  const { call: id, sample, redact, maxEventsPerSecond } = given.data;
  const call = id === undefined ? null : liveCall(live, id);
  if (id !== undefined && !call)
    return errorResponse(
      404,
      `No call ${id} is live here. One that has ended is at /calls/${encodeURIComponent(id)}.`,
    );
  const wish = { callId: call && call.start.callId, sample, redact: redact === 'on', maxEventsPerSecond };
  return { request, call, wish, leave: () => {} };
}
