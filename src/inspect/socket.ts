import { z } from 'zod';
import type { Call } from '../../runtime/call.ts';
import type { HttpRequest, HttpResponse, SocketRoute } from '../../runtime/cloud/transport.ts';
import { type ApiAccessOptions, identify, upgradeAccess } from '../api/access.ts';
import { errorResponse } from '../api/json-response.ts';
import { type OpenSocket, OpenSockets } from '../api/open-sockets.ts';
import { type LiveCalls, liveCall } from '../console/call-past.ts';
import { Inspection, type InspectionOptions } from './inspection.ts';
import type { Wish } from './viewer.ts';

export const INSPECT_PATH = '/api/inspect';

export interface InspectSocketOptions extends Omit<InspectionOptions, 'live'> {
  access: ApiAccessOptions;
  live: LiveCalls;
}

/** Somebody's socket from its upgrade to its close. */
export interface Looking extends OpenSocket {
  call: Call | null;
  wish: Wish;
  leave(): void;
}

export interface InspectSocket extends SocketRoute<Looking> {
  readonly inspection: Inspection;
  /** Closes the sockets of those who have logged out. */
  recheck(): void;
  stop(): void;
}

const DEFAULT_EVENTS_PER_SECOND = 200;
const MOST_EVENTS_PER_SECOND = 2_000;
/** Viewers have nothing to say. */
const MAX_PAYLOAD_BYTES = 4 * 1024;
/** Some seconds of a busy stream, or the charts of twenty calls. */
const MAX_BACKPRESSURE_BYTES = 8 * 1024 * 1024;
const IDLE_TIMEOUT_S = 60;
const NORMAL = 1000;
const TRY_AGAIN_LATER = 1013;

/**
 * `WS /api/inspect?call=…&sample=…&redact=…&maxEventsPerSecond=…` speaks the protocol of @statelyai/inspect: one JSON frame a
 * message. Open to whoever may read calls, and to no page from elsewhere.
 */
export function inspectSocket(options: InspectSocketOptions): InspectSocket {
  const { access, live, clock } = options;
  const letIn = upgradeAccess(access);
  const inspection = new Inspection(options);
  const open = new OpenSockets<Looking>(clock);

  return {
    inspection,
    path: INSPECT_PATH,
    maxPayloadBytes: MAX_PAYLOAD_BYTES,
    maxBackpressureBytes: MAX_BACKPRESSURE_BYTES,
    idleTimeoutS: IDLE_TIMEOUT_S,

    authorize(request) {
      const refused = letIn(request);
      if (refused) return { refuse: refused };
      const asked = readQuestion(request, live);
      if ('refuse' in asked) return asked;
      const refusal = inspection.refusal(asked.call);
      if (refusal !== null) return { refuse: errorResponse(503, refusal) };
      const isStillIn = () => identify(request, access) !== 'none';
      return { accept: { ...asked, isStillIn, leave() {}, close() {} } };
    },

    opened(socket) {
      const looking = socket.data;
      const { call, wish } = looking;
      // Between the question and the answer it may have hung up.
      if (call && liveCall(live, call.start.callId) !== call)
        return socket.close(NORMAL, 'the call has ended');
      // Others may have come in the meantime.
      const refusal = inspection.refusal(call);
      if (refusal !== null) return socket.close(TRY_AGAIN_LATER, refusal);
      looking.close = (code, reason) => socket.close(code, reason);
      open.add(looking);
      looking.leave = inspection.join(call, wish, socket);
    },

    message() {},

    closed(socket) {
      open.delete(socket.data);
      socket.data.leave();
    },

    recheck: () => open.recheck(),

    stop() {
      open.stop();
      inspection.close();
    },
  };
}

const QUESTION = `Ask for call=<CallSid or id>, or leave it out for all; sample above 0, to 1; redact=on or off; maxEventsPerSecond from 1 to ${MOST_EVENTS_PER_SECOND}.`;
const question = z.object({
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

function readQuestion(
  { query }: HttpRequest,
  live: LiveCalls,
): { call: Call | null; wish: Wish } | { refuse: HttpResponse } {
  const read = question.safeParse(Object.fromEntries(new URLSearchParams(query)));
  if (!read.success) return { refuse: errorResponse(400, QUESTION) };
  const { call: id, sample, redact, maxEventsPerSecond } = read.data;
  const call = id === undefined ? null : liveCall(live, id);
  if (id !== undefined && !call)
    return {
      refuse: errorResponse(
        404,
        `No call ${id} is live here. One that has ended is at /calls/${encodeURIComponent(id)}.`,
      ),
    };
  const wish = { one: call !== null, sample, redact: redact === 'on', maxEventsPerSecond };
  return { call, wish };
}
