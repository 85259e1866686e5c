import type { CallEvent, Outcome, Purpose, ToolResult } from '../machines/call-events.ts';
import type { Facts } from '../machines/flow.ts';
import type { AudioMeasure } from './media/audio-quality.ts';

/** What is known when a call begins. */
export interface CallStart {
  /** Ours; unique for ever. */
  callId: string;
  /** The carrier's. */
  callSid: string;
  /** Node that runs the call. */
  node: string;
  from: string;
  to: string;
  direction: 'inbound' | 'outbound';
  /** Name of the agent that answers. Absent in calls of a process that has only one. */
  agent?: string;
  /** Name and content hash of the flow. */
  flow: string;
  flowVersion: string;
  language: string;
  /** Milliseconds since the Unix epoch. */
  startedAt: number;
  /** Stream parameters and webhook fields kept with the call (edge_region, latency_target, …). */
  parameters: Record<string, string>;
  /** What carries the caller's audio, where that is not the carrier's Media Streams: only those come to another node. */
  carrier?: string;
}

/** Facts about the media plane that explain a call but never drive its chart. */
export type Note =
  | { type: 'turn.opened'; turn: number; purpose: Purpose; utterances: readonly number[] }
  | { type: 'turn.committed'; turn: number; utterances: readonly number[] }
  | { type: 'reply.requested'; turn: number }
  | { type: 'reply.firstToken'; turn: number }
  /** `isFiller`: said to break a silence, no part of the reply proper. */
  | { type: 'reply.sentence'; turn: number; index: number; text: string; isFiller?: true }
  | { type: 'reply.ended'; turn: number; reason: 'complete' | 'waitForMore' | 'notUnderstood' }
  | { type: 'voice.requested'; turn: number }
  | { type: 'voice.firstAudio'; turn: number }
  | { type: 'voice.firstFrame'; turn: number }
  | { type: 'voice.firstMark'; turn: number }
  /**
   * What of the turn the caller is known to have heard, in acknowledged bytes and the words they carry. `withoutFillers`: the
   * words of the reply proper, where there were others.
   */
  | {
      type: 'turn.heard';
      turn: number;
      bytes: number;
      text: string;
      interrupted: boolean;
      withoutFillers?: string;
    }
  /** `audio`: how well the caller could be heard, where there was a voice to measure. */
  | { type: 'endpoint'; utterance: number; sinceMs: number; audio?: AudioMeasure }
  | { type: 'overhead'; turn: number; ms: number }
  /** How the reply came about: which model was asked and why, what failed, who answered. */
  | { type: 'reply.explained'; turn: number; text: string }
  | { type: 'reply.usage'; turn: number; usage: ModelUsage }
  /** The call arrived on `node`. */
  | { type: 'call.moved'; node: string; from: string; reason: MoveReason }
  /** Where the call is to be worked on; `text` says in a sentence why. */
  | { type: 'placement.decided'; decision: string; text: string }
  | { type: 'warning'; text: string };

/** Why a call goes on elsewhere: from the edge to the cloud, from a node that shuts down, from one that died. */
export type MoveReason = 'handOff' | 'drain' | 'nodeDied';

export interface Move {
  /** From the call's start. */
  atMs: number;
  node: string;
  from: string;
  reason: MoveReason;
}

export interface Placed {
  /** From the call's start. */
  atMs: number;
  decision: string;
  text: string;
}

export interface ModelUsage {
  provider: string;
  model: string;
  inputTokens: number;
  outputTokens: number;
  cachedInputTokens: number;
  /** Absent in logs of before it was told. */
  cacheWriteInputTokens?: number;
  costUsd: number | null;
  /** Of a reply that was kept, and cost nothing: what it took when it was made. An estimate, in no sum. */
  savedUsd?: number | null;
}

/**
 * One line of a call's event log. `atMs` is monotonic, from the call's start. `event` and `timer` drive the chart and
 * are all that a replay needs; `note` is for people.
 */
export type LogEntry =
  | { seq: number; atMs: number; kind: 'event'; event: CallEvent }
  /** The nth timer the call ever armed went off. */
  | { seq: number; atMs: number; kind: 'timer'; timer: number }
  | { seq: number; atMs: number; kind: 'note'; note: Note };

/** Milliseconds from the recogniser's end of turn; null where the stage did not happen. */
export interface StageTimes {
  /** Caller's last voice → end of turn: how long we waited to be sure. */
  endpointMs: number | null;
  firstTokenMs: number | null;
  firstAudioMs: number | null;
  firstFrameMs: number | null;
  /** First mark echoed: the caller has begun to hear the reply. */
  firstMarkMs: number | null;
  /** Our own share of firstFrameMs: what remains after the providers' time is taken out. */
  overheadMs: number | null;
}

export interface Turn {
  turn: number;
  purpose: Purpose;
  /** From the call's start. */
  atMs: number;
  caller: { text: string; confidence: number; by: 'voice' | 'keypad' | 'text' } | null;
  agent: { generated: string; heard: string; interrupted: boolean };
  choices: readonly string[];
  tools: readonly ToolResult[];
  /** In order: whom the reply was asked of and why, what failed, who answered. Empty for the flow's own words. */
  explanations: readonly string[];
  usage: readonly ModelUsage[];
  stages: StageTimes;
  /** The caller had to say it again: nothing the flow has open fitted the words. */
  notUnderstood?: true;
}

/** What a person did who listened in. */
export interface SupervisorAct {
  /** From the call's start. */
  atMs: number;
  /** Names their session, never a key. */
  by: string;
  did: 'whispered' | 'dictated' | 'tookOver' | 'left' | 'returned' | 'gaveBack' | 'transferred' | 'hungUp';
  /** What was whispered or dictated; the number that the caller was passed to. */
  text?: string;
}

/** What the caller said to a person who had taken the agent's place. */
export interface SaidToSupervisor {
  atMs: number;
  text: string;
  confidence: number;
  by: 'voice' | 'keypad' | 'text';
}

/** The whole call, as it goes into the record and starts the post-call jobs. */
export interface CallSummary extends CallStart {
  endedAt: number;
  outcome: Outcome;
  turns: readonly Turn[];
  /** What the caller said and nobody answered. */
  unanswered: readonly string[];
  facts: Facts;
  /** Where the flow stood at the end: the dotted path of its state. */
  flowState?: string;
  /** Absent where nobody did anything. */
  supervision?: { acts: readonly SupervisorAct[]; said: readonly SaidToSupervisor[] };
  /** Where the call went on after it began on `node`. Absent where it never moved. */
  moves?: readonly Move[];
  /** Absent where nothing was decided. */
  placement?: readonly Placed[];
}

/** Another node has taken the call over, or has closed it: nothing more of it may be written here. */
export class CallTakenOver extends Error {
  override readonly name = 'CallTakenOver';
  readonly callId: string;

  constructor(callId: string) {
    super(`The call ${callId} is another node's now.`);
    this.callId = callId;
  }
}

/** Calls of which a piece of work for many could not be done, and why. */
export type Failures = ReadonlyMap<string, unknown>;

/**
 * Where calls are kept. The runtime writes; `src/storage` decides where to. Every write about a call that another node has
 * taken over rejects with `CallTakenOver`.
 */
export interface Journal {
  /** A call began. It must be found again even if the process dies the next moment. */
  begin(start: CallStart): Promise<void>;
  /** Appends to a call's event log; entries arrive in order. One that is there already is left as it is. */
  append(callId: string, entries: readonly LogEntry[]): Promise<void>;
  /** `append` for many calls in one piece of work, by call id. Rejects when nothing at all could be written. */
  appendAll?(logs: ReadonlyMap<string, readonly LogEntry[]>): Promise<Failures>;
  /** Keeps the latest frozen call. */
  saveSnapshot(callId: string, frozen: unknown): Promise<void>;
  /** `saveSnapshot` for many calls in one piece of work, by call id. Rejects when nothing at all could be written. */
  saveSnapshots?(frozen: ReadonlyMap<string, unknown>): Promise<Failures>;
  /** Keeps the frozen call and sets it free: whoever claims it next goes on with it. */
  release(callId: string, frozen: unknown): Promise<void>;
  /** Another has the call: nothing more is written about it from here, not even a beginning that is under way. */
  forsake?(callId: string): void;
  /** Closes the record and makes the post-call job certain, in one transaction. Idempotent. */
  finish(summary: CallSummary): Promise<void>;
}
