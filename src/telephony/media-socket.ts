import type { Call, Log } from '../../runtime/call.ts';
import type { Clock, TimerHandle } from '../../runtime/clock.ts';
import type { Socket, SocketRoute } from '../../runtime/cloud/transport.ts';
import { readCarrierMessage, type StreamStart } from '../../runtime/media/media-streams.ts';
import type { ExpectedCall, Reception } from './reception.ts';
import { MEDIA_PATH } from './routes.ts';
import type { CarrierAccess } from './signature.ts';

export interface MediaSocketOptions {
  access: Pick<CarrierAccess, 'authorizeUpgrade'>;
  /** Default: where the carrier brings its streams. */
  path?: string;
  reception: Reception;
  clock: Clock;
  log: Log;
  /** The call that an admitted stream carries: a new one, or the live one it comes back to. Null when that is gone. */
  answer(expected: ExpectedCall, start: StreamStart, socket: Socket<Stream>): Call | null;
  /** We closed the stream of a call that is over: the carrier now asks what to do with the caller. */
  onDeparture?(callSid: string): void;
  startTimeoutMs?: number;
  silenceTimeoutMs?: number;
}

/** Twilio's frames are some 300 bytes; a start message with all its parameters stays under this. */
const MAX_FRAME_BYTES = 64 * 1024;
/** A slow carrier may hold back some 20 s of audio before frames are lost. */
const MAX_BACKPRESSURE_BYTES = 512 * 1024;
const IDLE_TIMEOUT_S = 60;
/** The carrier sends `start` at once. */
const START_TIMEOUT_MS = 10_000;
/** Twilio sends 50 frames a second even when the caller is silent. */
const SILENCE_TIMEOUT_MS = 10_000;
const MAX_MALFORMED_IN_A_ROW = 10;

/** Close codes of RFC 6455, section 7.4.1. */
const NORMAL = 1000;
const GOING_AWAY = 1001;
const PROTOCOL_ERROR = 1002;
const UNSUPPORTED_DATA = 1003;
const INVALID_PAYLOAD = 1007;
const POLICY_VIOLATION = 1008;
const INTERNAL_ERROR = 1011;

const REPLACED = 'replaced by a new stream';

/** One media stream's socket, from its upgrade to its close. */
export interface Stream {
  call: Call | null;
  startTimer: TimerHandle | null;
  acceptsText: boolean;
  /** The carrier has said that there is no caller any more. */
  isStopped: boolean;
  /** The call goes on at another node; what still comes is for nobody. */
  hasMoved: boolean;
  lastFrameMs: number;
  malformed: number;
}

export type MediaSocket = SocketRoute<Stream> & {
  /** The call is not here any more: nothing of its stream is taken. */
  left(call: Call): void;
  /** Has the carrier ask what comes next, which another node answers. False when no stream of the call is open here. */
  moved(callSid: string): boolean;
  stop(): void;
};

/** The WebSocket that carries Media Streams. A peer that breaks the protocol is closed; the server is not harmed. */
export function mediaSocket(options: MediaSocketOptions): MediaSocket {
  const { access, reception, clock, log } = options;
  const { startTimeoutMs = START_TIMEOUT_MS, silenceTimeoutMs = SILENCE_TIMEOUT_MS } = options;
  const streaming = new Set<Socket<Stream>>();
  /** Of calls that have left, by the carrier's id. */
  const leaving = new Map<string, Socket<Stream>>();
  let sweepTimer: TimerHandle | null = null;

  function refuse(socket: Socket<Stream>, code: number, reason: string): void {
    log.warn({ callId: socket.data.call?.start.callId, code }, `Closed a media stream: ${reason}.`);
    socket.close(code, reason);
  }

  function begin(socket: Socket<Stream>, start: StreamStart): void {
    const expected = reception.admit(start.customParameters.token ?? '', start.callSid);
    if (!expected) {
      refuse(socket, POLICY_VIOLATION, 'token not valid');
      return;
    }
    clock.clearTimeout(socket.data.startTimer);
    socket.data.acceptsText = expected.acceptsText ?? false;
    if (expected.resume) dropEarlier(expected.callSid);
    try {
      socket.data.call = options.answer(expected, start, socket);
    } catch (error) {
      log.error({ callSid: expected.callSid, err: error }, 'A call could not begin.');
      socket.close(INTERNAL_ERROR, 'call could not begin');
      return;
    }
    if (!socket.data.call) {
      socket.close(NORMAL, 'call is over');
      return;
    }
    streaming.add(socket);
    sweepTimer ??= clock.setTimeout(sweep, silenceTimeoutMs / 4);
  }

  /** A call that comes back has lost its earlier stream, even if that one's socket still looks open from here. */
  function dropEarlier(callSid: string): void {
    for (const socket of streaming) {
      const { call } = socket.data;
      if (call?.start.callSid !== callSid) continue;
      // What the agent is saying is said again on the new stream; what it said in vain it has to be told of.
      if (call.line.playout.hasEndedUnheard) call.line.detach(socket, REPLACED);
      socket.close(NORMAL, REPLACED);
    }
  }

  /** Closes streams whose carrier has gone quiet: a dead network does not always close its socket. */
  function sweep(): void {
    sweepTimer = null;
    const oldestMs = clock.now() - silenceTimeoutMs;
    for (const socket of streaming)
      if (socket.data.lastFrameMs < oldestMs) refuse(socket, POLICY_VIOLATION, 'no audio for too long');
    if (streaming.size > 0) sweepTimer = clock.setTimeout(sweep, silenceTimeoutMs / 4);
  }

  function beforeStart(socket: Socket<Stream>, message: ReturnType<typeof readCarrierMessage>): void {
    if (message.event === 'connected') return;
    if (message.event === 'start') begin(socket, message.start);
    else refuse(socket, PROTOCOL_ERROR, `expected start, got ${message.event}`);
  }

  function duringCall(
    socket: Socket<Stream>,
    call: Call,
    message: ReturnType<typeof readCarrierMessage>,
  ): void {
    if (message.event === 'malformed') {
      socket.data.malformed++;
      if (socket.data.malformed >= MAX_MALFORMED_IN_A_ROW) refuse(socket, INVALID_PAYLOAD, message.reason);
      return;
    }
    socket.data.malformed = 0;
    if (message.event === 'stop') socket.data.isStopped = true;
    if (message.event === 'text' && !socket.data.acceptsText) return;
    if (message.event === 'start') refuse(socket, PROTOCOL_ERROR, 'second start');
    else call.line.receive(message);
  }

  return {
    path: options.path ?? MEDIA_PATH,
    maxPayloadBytes: MAX_FRAME_BYTES,
    maxBackpressureBytes: MAX_BACKPRESSURE_BYTES,
    idleTimeoutS: IDLE_TIMEOUT_S,

    authorize(request) {
      const refusal = access.authorizeUpgrade(request);
      if (refusal) return { refuse: refusal };
      return {
        accept: {
          call: null,
          startTimer: null,
          acceptsText: false,
          isStopped: false,
          hasMoved: false,
          lastFrameMs: clock.now(),
          malformed: 0,
        },
      };
    },

    opened(socket) {
      socket.data.startTimer = clock.setTimeout(
        () => refuse(socket, POLICY_VIOLATION, 'no start message'),
        startTimeoutMs,
      );
    },

    message(socket, frame, isBinary) {
      if (socket.data.hasMoved) return;
      if (isBinary) {
        refuse(socket, UNSUPPORTED_DATA, 'media streams are JSON text');
        return;
      }
      const { data } = socket;
      data.lastFrameMs = clock.now();
      const message = readCarrierMessage(frame);
      if (data.call) duringCall(socket, data.call, message);
      else beforeStart(socket, message);
    },

    drained(socket) {
      socket.data.call?.line.playout.drained();
    },

    closed(socket, code, reason) {
      const { call, startTimer, isStopped } = socket.data;
      clock.clearTimeout(startTimer);
      streaming.delete(socket);
      for (const [callSid, left] of leaving) if (left === socket) leaving.delete(callSid);
      if (call?.isOver && !isStopped) options.onDeparture?.(call.start.callSid);
      call?.line.detach(socket, `the carrier’s socket closed (${code}${reason && `, ${reason}`})`);
    },

    left(call) {
      for (const socket of streaming) {
        if (socket.data.call !== call) continue;
        socket.data.call = null;
        socket.data.hasMoved = true;
        streaming.delete(socket);
        leaving.set(call.start.callSid, socket);
      }
    },

    moved(callSid) {
      const socket = leaving.get(callSid);
      if (!socket) return false;
      leaving.delete(callSid);
      socket.close(GOING_AWAY, 'the call goes on elsewhere');
      return true;
    },

    stop() {
      clock.clearTimeout(sweepTimer);
      sweepTimer = null;
    },
  };
}
