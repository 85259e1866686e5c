import { z } from 'zod';
import type { Call } from '../../runtime/call.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { HttpRequest, HttpResponse, HttpRoute, SocketRoute } from '../../runtime/cloud/transport.ts';
import type { Listening, Refusal, SupervisorDesk } from '../supervisor/desk.ts';
import { supervisorName } from '../supervisor/name.ts';
import { type ApiAccessOptions, apiAccess, identify } from './access.ts';
import { readBody } from './json-body.ts';
import { errorResponse, jsonResponse } from './json-response.ts';
import { type OpenSocket, OpenSockets } from './open-sockets.ts';
import { isForeign } from './request-origin.ts';

export interface SupervisorApiOptions {
  access: ApiAccessOptions;
  desk: SupervisorDesk;
}

/** Twenty milliseconds are 160; a page may send a few at once. */
const MAX_FRAME_BYTES = 1_600;
/** A listener that is a few seconds behind loses what comes. */
const MAX_BACKPRESSURE_BYTES = 64 * 1024;
const IDLE_TIMEOUT_S = 60;
const MAX_LISTENERS = 200;
const LONGEST_WHISPER = 500;

/** Close codes of RFC 6455, section 7.4.1. */
const NORMAL = 1000;
const UNSUPPORTED_DATA = 1003;
/** Of our own, from the range that the RFC leaves to applications. */
const GOES_ON_ELSEWHERE = 4001;

const nothing = z.strictObject({});
const hangUp = z.strictObject({ farewell: z.boolean().default(false) });
const transfer = z.strictObject({
  number: z
    .string()
    .regex(/^\+[1-9]\d{6,14}$/)
    .nullable()
    .default(null),
});
const whisper = z.strictObject({
  // One line of speech; a line break could pass for an instruction of our own.
  text: z
    .string()
    .trim()
    .min(1)
    .max(LONGEST_WHISPER)
    .regex(/^[^\p{Cc}]*$/u),
  say: z.boolean().default(false),
});

/** What people may do to a call that is live here. Each answers 200 with `{callSid, did}`, or says why not. */
export function supervisorRoutes({ access, desk }: SupervisorApiOptions): HttpRoute[] {
  const letIn = apiAccess(access);

  function route<Form extends z.ZodType>(
    did: string,
    form: Form,
    wanted: string,
    act: (call: Call, by: string, body: z.output<Form>) => Refusal,
  ): HttpRoute {
    return {
      method: 'POST',
      path: `/api/calls/:callSid/${did}`,
      handle(request) {
        const refusal = refuseStranger(request, letIn(request), access);
        if (refusal) return refusal;
        const call = desk.find(request.params.callSid ?? '');
        if (!call) return notLive();
        const read = readBody(request, form, wanted);
        if ('refuse' in read) return read.refuse;

        const reason = act(call, supervisorName(request, access), read.body);
        return reason === null
          ? jsonResponse(200, { callSid: call.start.callSid, did })
          : errorResponse(409, reason);
      },
    };
  }

  return [
    route('hangUp', hangUp, '{"farewell": true or false}', (call, by, body) => desk.hangUp(call, by, body)),
    route('transfer', transfer, '{"number": an E.164 number, as +15551234567, or null}', (call, by, body) =>
      desk.transfer(call, by, body.number),
    ),
    route(
      'whisper',
      whisper,
      `{"text": one line of at most ${LONGEST_WHISPER} characters, "say": true or false}`,
      (call, by, { text, say }) => desk.whisper(call, by, text, say),
    ),
    route('takeOver', nothing, 'an empty object', (call, by) => desk.takeOver(call, by)),
    route('giveBack', nothing, 'an empty object', (call, by) => desk.giveBack(call, by)),
  ];
}

/** Somebody's connection to a call, from its upgrade to its close. */
export interface Listener extends OpenSocket {
  call: Call;
  by: string;
  listening: Listening | null;
}

export interface ListenSocketOptions extends SupervisorApiOptions {
  clock: Clock;
}

export interface ListenSocket extends SocketRoute<Listener> {
  /** Closes the connections of those who have logged out. */
  recheck(): void;
  stop(): void;
}

/** The WebSocket that people hear a call on, and speak over once they have taken it over. */
export function listenSocket({ access, desk, clock }: ListenSocketOptions): ListenSocket {
  const letIn = apiAccess(access);
  const open = new OpenSockets<Listener>(clock);

  return {
    path: '/api/calls/:callSid/listen',
    maxPayloadBytes: MAX_FRAME_BYTES,
    maxBackpressureBytes: MAX_BACKPRESSURE_BYTES,
    idleTimeoutS: IDLE_TIMEOUT_S,

    authorize(request) {
      const refusal = refuseStranger(request, letIn(request), access);
      if (refusal) return { refuse: refusal };
      const call = desk.find(request.params.callSid ?? '');
      if (!call || call.isOver) return { refuse: notLive() };
      if (open.size >= MAX_LISTENERS)
        return { refuse: errorResponse(503, `${MAX_LISTENERS} people listen already. Try again later.`) };
      return {
        accept: {
          call,
          by: supervisorName(request, access),
          listening: null,
          isStillIn: () => identify(request, access) !== 'none',
          close() {},
        },
      };
    },

    opened(socket) {
      const listener = socket.data;
      const end = () =>
        listener.call.goesOnElsewhere
          ? socket.close(GOES_ON_ELSEWHERE, 'the call goes on at another node')
          : socket.close(NORMAL, 'call ended');
      if (listener.call.isOver) {
        end();
        return;
      }
      open.add(listener);
      listener.close = (code, reason) => socket.close(code, reason);
      listener.listening = desk.listen(listener.call, listener.by, {
        send: frame => socket.send(frame),
        ended: end,
      });
    },

    message(socket, message, isBinary) {
      if (isBinary) socket.data.listening?.speak(message);
      else socket.close(UNSUPPORTED_DATA, 'only audio: binary mu-law');
    },

    closed(socket) {
      open.delete(socket.data);
      socket.data.listening?.stop();
    },

    recheck: () => open.recheck(),
    stop: () => open.stop(),
  };
}

/** A browser sends what its session has along with the requests of any page: only pages of this server count. */
function refuseStranger(
  request: HttpRequest,
  refusal: HttpResponse | null,
  { publicUrl }: ApiAccessOptions,
): HttpResponse | null {
  if (refusal) return refusal;
  return isForeign(request, publicUrl)
    ? errorResponse(403, 'Pages from elsewhere may not act on calls.')
    : null;
}

function notLive(): HttpResponse {
  return errorResponse(404, 'No such call is live on this node. GET /api/calls lists those that are.');
}
