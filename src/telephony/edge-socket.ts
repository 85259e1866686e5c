import type { Call, Log } from '../../runtime/call.ts';
import type { CallHost } from '../../runtime/call-host.ts';
import type { Clock, TimerHandle } from '../../runtime/clock.ts';
import type { Socket, SocketRoute } from '../../runtime/cloud/transport.ts';
import {
  type Afterwards,
  type CallCopy,
  type CallWish,
  type CloudMessage,
  type EdgeMessage,
  isRelayMessage,
  RELAY_PATH,
  readEdgeMessage,
  write,
} from '../../runtime/edge/relay-messages.ts';
import type { CallStart, LogEntry } from '../../runtime/journal.ts';
import { readCarrierMessage } from '../../runtime/media/media-streams.ts';
import type { PreparedCall } from '../../runtime/moving/prepared-call.ts';
import type { CarrierSocket } from '../../runtime/ports.ts';
import { MayNotBeHere } from '../cluster/returning-calls.ts';
import type { EdgeAccess } from './edge-access.ts';

export interface EdgeSocketOptions {
  access: EdgeAccess;
  host: CallHost;
  clock: Clock;
  log: Log;
  /** Whether calls are taken now. */
  isOpen(): boolean;
  /**
   * Whether a call may come that another has let go, or back that nobody else takes: a node that drains is better than none, and one that
   * cannot reach the records must say so at once.
   */
  mayReturn(): boolean;
  /** Why the data of a call may not be here, as a sentence; null when it may. */
  refusal: { ofNew(wish: CallWish): string | null; of(start: CallStart): string | null };
  /** Throws when a call that was begun at the edge does not fit what is here. */
  mustFit(start: CallStart): void;
  /** A call that is worked on here from its start. */
  begin(wish: CallWish, socket: CarrierSocket, streamSid: string): Call;
  /**
   * Claims a call that another node had, by the carrier's id of it: ready to go on, or on hold until it has a stream. Null when there is
   * no such call any more; rejects when it cannot go on here, with MayNotBeHere for one whose data may not be here, and when the records
   * could not be reached while `isWanted`.
   */
  takeOver(callSid: string, isWanted: () => boolean): Promise<PreparedCall | Call | null>;
  /** Whether a call that is here is here by the records too. Rejects when that cannot be found out. */
  isOurs(callId: string): Promise<boolean>;
  /** Sees to it that the records know of a call what its edge does. */
  complete(copy: CallCopy): Promise<void>;
}

/** One relay, from its upgrade to its close. */
export interface Relay {
  step: 'asked' | 'prepared' | 'taken' | 'carrying' | 'over';
  /** Of a call that is to come: its log so far, then all of it. */
  coming: { log: readonly LogEntry[]; call: PreparedCall | null; callSid: string; streamSid: string };
  call: Call | null;
  /** How many of the carrier's messages the call has taken. */
  heard: number;
  carrier: CarrierSocket | null;
  timer: TimerHandle | null;
}

/** The calls that come to a node by an edge. */
export type EdgeSocket = SocketRoute<Relay> & {
  carries(callSid: string): boolean;
  /** The call has been let go, for another node to claim: its edge sees to that. Returns false where no edge carries it. */
  moved(callSid: string): boolean;
};

type RelaySocket = Socket<Relay>;
type Of<Event extends EdgeMessage['event']> = Extract<EdgeMessage, { event: Event }>;

/** What is longer is no ping. */
const PING_BYTES = 64;
/** A call's whole log, or the agent's voice in mid-air. */
const MAX_FRAME_BYTES = 8 * 1024 * 1024;
const MAX_BACKPRESSURE_BYTES = 512 * 1024;
const IDLE_TIMEOUT_S = 60;
/** Between two steps; an edge waits seconds for the moment at which its call can move. */
const STEP_TIMEOUT_MS = 15_000;
/** An edge asks for a call for so long. */
const STREAM_TIMEOUT_MS = 12_000;

/** Close codes of RFC 6455, section 7.4.1. */
const NORMAL = 1000;
const GOING_AWAY = 1001;
const PROTOCOL_ERROR = 1002;
const UNSUPPORTED_DATA = 1003;
const POLICY_VIOLATION = 1008;

/**
 * The WebSocket by which an edge hands calls over and carries them: first a few messages about the call, then the carrier's own, both
 * ways, so that for the call it is a carrier's socket like any other.
 */
export function edgeSocket(options: EdgeSocketOptions): EdgeSocket {
  const { access, host, clock, log } = options;
  const carrying = new Map<string, RelaySocket>();

  function tell(socket: RelaySocket, message: CloudMessage): void {
    socket.send(write(message));
  }

  function finish({ data }: RelaySocket): void {
    clock.clearTimeout(data.timer);
    data.step = 'over';
    data.coming.call?.drop();
    data.coming.call = null;
  }

  /** The edge keeps the call, or looks elsewhere. */
  function refuse(socket: RelaySocket, reason: string, isOver = false): void {
    log.info({ callSid: socket.data.coming.callSid, reason }, 'Refused a call from an edge.');
    tell(socket, { event: 'aybiza.refused', reason, ...(isOver && { isOver }) });
    finish(socket);
    socket.close(NORMAL, 'refused');
  }

  function breakOff(socket: RelaySocket, code: number, reason: string): void {
    log.warn({ callSid: socket.data.coming.callSid, code }, `Closed the relay of an edge: ${reason}.`);
    finish(socket);
    socket.close(code, reason);
  }

  function awaitNext(socket: RelaySocket): void {
    clock.clearTimeout(socket.data.timer);
    const late = () => breakOff(socket, POLICY_VIOLATION, 'nothing followed');
    socket.data.timer = clock.setTimeout(late, STEP_TIMEOUT_MS);
  }

  /** From now on the carrier's messages come and go here. */
  function carry(socket: RelaySocket, callSid: string): CarrierSocket {
    const { data } = socket;
    clock.clearTimeout(data.timer);
    const earlier = carrying.get(callSid);
    carrying.set(callSid, socket);
    if (earlier) {
      lose(earlier, 'replaced by a new relay');
      earlier.close(NORMAL, 'replaced by a new relay');
    }
    data.step = 'carrying';
    data.coming = { ...data.coming, log: [], call: null, callSid };
    data.carrier = {
      send: text => socket.send(text),
      get bufferedBytes() {
        return socket.bufferedBytes;
      },
      close(code, reason) {
        // The edge has to tell the carrier what becomes of the caller.
        const after = data.call && afterwards(data.call);
        if (after) tell(socket, { event: 'aybiza.over', ...after });
        socket.close(code, reason);
      },
    };
    return data.carrier;
  }

  function lose(socket: RelaySocket, reason: string): void {
    const { call, carrier, coming } = socket.data;
    if (carrying.get(coming.callSid) === socket) carrying.delete(coming.callSid);
    finish(socket);
    socket.data.call = null;
    if (call && carrier) call.line.detach(carrier, reason);
  }

  function begin(socket: RelaySocket, { start, streamSid }: Of<'aybiza.begin'>): void {
    if (!options.isOpen()) {
      refuse(socket, 'no calls are taken here now');
      return;
    }
    const forbidden = options.refusal.ofNew(start);
    if (forbidden !== null) {
      refuse(socket, forbidden);
      return;
    }
    // Its edge has not heard that it was begun.
    const begun = host.bySid(start.callSid);
    const isBegun = begun !== undefined && begun.start.callId === start.callId && !begun.isOver;
    const carrier = carry(socket, start.callSid);
    tell(socket, { event: 'aybiza.taken' });
    socket.data.call = isBegun ? begun : options.begin(start, carrier, streamSid);
    if (isBegun) begun.resume(carrier, streamSid);
  }

  function prepare(socket: RelaySocket, { start, entries }: Of<'aybiza.prepare'>): void {
    if (!options.isOpen()) {
      refuse(socket, 'no calls are taken here now');
      return;
    }
    const forbidden = options.refusal.of(start);
    if (forbidden !== null) {
      refuse(socket, forbidden);
      return;
    }
    options.mustFit(start);
    socket.data.coming = { ...socket.data.coming, log: entries, callSid: start.callSid };
    socket.data.step = 'prepared';
    tell(socket, { event: 'aybiza.ready' });
    awaitNext(socket);
  }

  function take(socket: RelaySocket, { frozen, entries, streamSid }: Of<'aybiza.take'>): void {
    const { data } = socket;
    const forbidden = options.refusal.of(frozen.start);
    if (forbidden !== null) {
      refuse(socket, forbidden);
      return;
    }
    const call = host.prepare(frozen, [...data.coming.log, ...entries]);
    data.coming = { ...data.coming, call, streamSid, callSid: frozen.start.callSid };
    data.step = 'taken';
    tell(socket, { event: 'aybiza.taken' });
    awaitNext(socket);
  }

  function go(socket: RelaySocket, { playedMs }: Of<'aybiza.go'>): void {
    const { call, callSid, streamSid } = socket.data.coming;
    if (!call) return;
    const carrier = carry(socket, callSid);
    socket.data.call = call.go({ socket: carrier, streamSid }, playedMs);
    // The carrier holds so much that it may be a while until the agent's next word.
    tell(socket, { event: 'aybiza.runs' });
  }

  /** Its edge may ask here again, having asked others; the call must not wait for ever. */
  function awaitStream(call: Call): void {
    clock.setTimeout(() => {
      const isHere = host.bySid(call.start.callSid) === call;
      if (isHere && !call.line.isAttached) call.send({ type: 'line.lost', reason: 'its stream never came' });
    }, STREAM_TIMEOUT_MS);
  }

  async function rehome(
    socket: RelaySocket,
    { callSid, streamSid, wasYours, isCutOff = false, copy }: Of<'aybiza.rehome'>,
  ): Promise<void> {
    const { data } = socket;
    clock.clearTimeout(data.timer);
    data.coming = { ...data.coming, callSid };
    const held = host.bySid(callSid);
    // A node that was cut off, or stood still, may not have heard yet that another has gone on with the call.
    if (held && wasYours === false && !(await options.isOurs(held.start.callId)))
      host.abandon(held.start.callId);
    const live = host.bySid(callSid);
    if (!live && !options.mayReturn()) {
      refuse(socket, 'no calls are taken here now');
      return;
    }
    const why = !live && copy ? options.refusal.of(copy.start) : null;
    if (why !== null) {
      refuse(socket, why);
      return;
    }
    if (!live && copy) await options.complete(copy);
    const found = live ?? (await options.takeOver(callSid, () => data.step !== 'over'));
    if (!found || ('isOver' in found && found.isOver)) {
      refuse(socket, 'there is no such call', true);
      return;
    }
    if (data.step === 'over') {
      // The edge has gone meanwhile. The call is ours now, and waits for whoever brings its stream.
      if ('go' in found) awaitStream(found.go());
      return;
    }
    const carrier = carry(socket, callSid);
    tell(socket, { event: 'aybiza.taken' });
    if ('go' in found) data.call = found.go({ socket: carrier, streamSid, isCutOff });
    else {
      data.call = found;
      found.resume(carrier, streamSid, isCutOff);
    }
  }

  /** What comes after the call has been let go is for the next node. */
  function hear(data: Relay, frame: Buffer): void {
    if (!data.call || hasLeft(data.call)) return;
    data.heard++;
    const message = readCarrierMessage(frame);
    if (message.event !== 'text') data.call.line.receive(message);
  }

  function obey(socket: RelaySocket, message: EdgeMessage): void | Promise<void> {
    const { step } = socket.data;
    if (message.event === 'aybiza.begin' && step === 'asked') return begin(socket, message);
    if (message.event === 'aybiza.prepare' && step === 'asked') return prepare(socket, message);
    if (message.event === 'aybiza.rehome' && step === 'asked') return rehome(socket, message);
    if (message.event === 'aybiza.take' && step === 'prepared') return take(socket, message);
    if (message.event === 'aybiza.go' && step === 'taken') return go(socket, message);
    breakOff(socket, PROTOCOL_ERROR, `${message.event} is not expected now`);
  }

  function failed(socket: RelaySocket, error: unknown): void {
    if (error instanceof MayNotBeHere) {
      refuse(socket, error.message);
      return;
    }
    log.error({ callSid: socket.data.coming.callSid, err: error }, 'A call from an edge could not be taken.');
    if (socket.data.step === 'carrying') socket.close(GOING_AWAY, 'call could not begin');
    else refuse(socket, error instanceof Error ? error.message : String(error));
  }

  return {
    path: RELAY_PATH,
    maxPayloadBytes: MAX_FRAME_BYTES,
    maxBackpressureBytes: MAX_BACKPRESSURE_BYTES,
    idleTimeoutS: IDLE_TIMEOUT_S,

    authorize(request) {
      const refusal = access(request);
      if (refusal) return { refuse: refusal };
      const coming = { log: [], call: null, callSid: '', streamSid: '' };
      return { accept: { step: 'asked', coming, call: null, heard: 0, carrier: null, timer: null } };
    },

    opened: awaitNext,

    message(socket, frame, isBinary) {
      const { data } = socket;
      if (data.step === 'over') return;
      if (isBinary) {
        breakOff(socket, UNSUPPORTED_DATA, 'relays carry JSON text');
        return;
      }
      if (frame.length < PING_BYTES && readEdgeMessage(frame.toString('utf8'))?.event === 'aybiza.ping') {
        tell(socket, { event: 'aybiza.pong' });
        return;
      }
      if (data.step === 'carrying') {
        hear(data, frame);
        return;
      }
      const text = frame.toString('utf8');
      const message = isRelayMessage(text) ? readEdgeMessage(text) : null;
      if (!message) {
        breakOff(socket, PROTOCOL_ERROR, 'a message could not be read');
        return;
      }
      try {
        Promise.resolve(obey(socket, message)).catch(error => failed(socket, error));
      } catch (error) {
        failed(socket, error);
      }
    },

    drained(socket) {
      socket.data.call?.line.playout.drained();
    },

    closed(socket, code, reason) {
      lose(socket, `the edge's relay closed (${code}${reason && `, ${reason}`})`);
    },

    carries: callSid => carrying.has(callSid),

    moved(callSid) {
      const socket = carrying.get(callSid);
      // What is carried now may be the call come back, while it was still being written down that it had been let go.
      if (!socket?.data.call || !hasLeft(socket.data.call)) return false;
      carrying.delete(callSid);
      tell(socket, { event: 'aybiza.moved', heard: socket.data.heard });
      socket.data.call = null;
      finish(socket);
      socket.close(GOING_AWAY, 'the call goes on elsewhere');
      return true;
    },
  };
}

/** What becomes of the caller once the call has closed its stream; null for a call that goes on elsewhere. */
function afterwards(call: Call): Afterwards | null {
  if (hasLeft(call)) return null;
  if (call.isOver) return { next: 'hangUp' };
  return call.transferTo ? { next: 'dial', number: call.transferTo } : null;
}

function hasLeft(call: Call): boolean {
  return call.root.getSnapshot().status === 'stopped';
}
