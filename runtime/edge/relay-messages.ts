import type { FrozenCall } from '../frozen-call.ts';
import type { CallStart, LogEntry } from '../journal.ts';

/**
 * What an edge and a cloud node say to each other on a relay, beside the carrier's own messages: JSON text frames whose
 * event begins with `aybiza.`. Everything else on the socket is Media Streams, passed on as it is, both ways.
 */

/** Where the relay is. */
export const RELAY_PATH = '/edge/relay';

/** Where the cloud is told of a call beside its stream. */
export function newsPath(callSid: string): string {
  return `/edge/calls/${callSid}/news`;
}

const PREFIX = 'aybiza.';
const HEAD = `{"event":"${PREFIX}`;

/** What the edge knows of a call that the cloud is to begin. */
export type CallWish = Pick<CallStart, 'callSid' | 'from' | 'to' | 'direction' | 'parameters'> & {
  accountSid: string;
  /** Ours, chosen by the edge: however often the call is begun, by whatever node, it is one call. Absent from older edges. */
  callId?: string;
};

/** What the edge knew of a call when it handed it over. */
export interface CallCopy {
  start: CallStart;
  /** Without what was in mid-air. */
  frozen: FrozenCall;
  entries: readonly LogEntry[];
}

/** Sent by the edge. */
export type EdgeMessage =
  /** A call that is worked on in the cloud from its start. `taken` or `refused` follows. */
  | { event: 'aybiza.begin'; start: CallWish; streamSid: string }
  /** A call that is to come: `ready` or `refused` follows. `entries`: its log so far. */
  | { event: 'aybiza.prepare'; callId: string; start: CallStart; entries: readonly LogEntry[] }
  /** It is frozen: `taken` or `refused` follows. `entries`: what was logged since `prepare`. */
  | { event: 'aybiza.take'; frozen: FrozenCall; entries: readonly LogEntry[]; streamSid: string }
  /** From now on it is the cloud's. `playedMs`: of what the carrier held, what it will have played when the node's first frame comes. */
  | { event: 'aybiza.go'; playedMs: number }
  /** At any time: `pong` follows, or the node is gone. A machine that vanishes closes nothing. */
  | { event: 'aybiza.ping' }
  /**
   * The node that had the call is gone, or has let it go: `taken` or `refused` follows. `wasYours`: that node is the one that is
   * asked; what any other still has of the call may be of before. `isCutOff`: no `moved` came from the node that had it, so what it said
   * last may not have come either. Both absent from older edges.
   */
  | {
      event: 'aybiza.rehome';
      callSid: string;
      streamSid: string;
      wasYours?: boolean;
      isCutOff?: boolean;
      copy?: CallCopy;
    };

/** What the carrier is told once the stream is over. */
export type Afterwards = { next: 'hangUp' } | { next: 'reconnect' } | { next: 'dial'; number: string };

/** Sent by the cloud. */
export type CloudMessage =
  | { event: 'aybiza.ready' }
  | { event: 'aybiza.taken' }
  /** The call that was to go runs here now. */
  | { event: 'aybiza.runs' }
  | { event: 'aybiza.pong' }
  /** `isOver`: there is no such call any more, here or anywhere. */
  | { event: 'aybiza.refused'; reason: string; isOver?: boolean }
  /**
   * The node drains and has let the call go: another may claim it. `heard`: how many of the carrier's messages on this relay the call has
   * taken; the next node is given those after them.
   */
  | { event: 'aybiza.moved'; heard: number }
  /** The cloud closes the stream next, and this is what becomes of the caller. */
  | ({ event: 'aybiza.over' } & Afterwards);

/** Whether a frame is about the relay itself. */
export function isRelayMessage(text: string): boolean {
  return text.startsWith(HEAD);
}

export function write(message: EdgeMessage | CloudMessage): string {
  return JSON.stringify(message);
}

/** What an edge sent first, or null when it cannot be read. */
export function readEdgeMessage(text: string): EdgeMessage | null {
  const message = parse(text);
  switch (message?.event) {
    case 'aybiza.begin':
      return isWish(message.start) && isText(message.streamSid) ? (message as unknown as EdgeMessage) : null;
    case 'aybiza.prepare':
      return isText(message.callId) && isStart(message.start) && Array.isArray(message.entries)
        ? (message as unknown as EdgeMessage)
        : null;
    case 'aybiza.take':
      return isRecord(message.frozen) && Array.isArray(message.entries) && isText(message.streamSid)
        ? (message as unknown as EdgeMessage)
        : null;
    case 'aybiza.go':
      return { event: 'aybiza.go', playedMs: Number(message.playedMs) || 0 };
    case 'aybiza.ping':
      return { event: message.event };
    case 'aybiza.rehome':
      return isText(message.callSid) &&
        isText(message.streamSid) &&
        (message.copy === undefined || isCopy(message.copy))
        ? (message as unknown as EdgeMessage)
        : null;
    default:
      return null;
  }
}

/** What a cloud node sent about the relay, or null when it cannot be read. */
export function readCloudMessage(text: string): CloudMessage | null {
  const message = parse(text);
  switch (message?.event) {
    case 'aybiza.ready':
    case 'aybiza.taken':
    case 'aybiza.runs':
    case 'aybiza.pong':
      return { event: message.event };
    case 'aybiza.moved':
      return { event: 'aybiza.moved', heard: Number(message.heard) || 0 };
    case 'aybiza.refused':
      return {
        event: 'aybiza.refused',
        reason: isText(message.reason) ? message.reason : 'no reason was given',
        ...(message.isOver === true && { isOver: true }),
      };
    case 'aybiza.over':
      if (message.next === 'dial' && isText(message.number))
        return { event: 'aybiza.over', next: 'dial', number: message.number };
      return { event: 'aybiza.over', next: message.next === 'reconnect' ? 'reconnect' : 'hangUp' };
    default:
      return null;
  }
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const message: unknown = JSON.parse(text);
    return isRecord(message) ? message : null;
  } catch {
    return null;
  }
}

function isWish(value: unknown): boolean {
  return (
    isRecord(value) &&
    isText(value.callSid) &&
    typeof value.from === 'string' &&
    typeof value.to === 'string' &&
    (value.direction === 'inbound' || value.direction === 'outbound') &&
    isRecord(value.parameters) &&
    (value.callId === undefined || isText(value.callId))
  );
}

function isCopy(value: unknown): boolean {
  return isRecord(value) && isStart(value.start) && isRecord(value.frozen) && Array.isArray(value.entries);
}

function isStart(value: unknown): boolean {
  return isWish(value) && isRecord(value) && isText(value.callId) && isText(value.flow);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0;
}
