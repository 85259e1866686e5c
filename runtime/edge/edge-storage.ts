import type { FrozenCall } from '../frozen-call.ts';
import type { CallStart, CallSummary, Journal, LogEntry } from '../journal.ts';
import type { Strategy } from '../placement/places.ts';
import type { PlacementWatch } from '../placement/review-placement.ts';
import type { Afterwards, CallWish } from './relay-messages.ts';

/** What the webhook knew of a call and what was decided about it, before its stream came. Plain data. */
export interface EdgePlan {
  wish: CallWish;
  /** What the record says of the call from its first moment, where the edge works on it. */
  start: CallStart;
  /** The agent that answers, as the composition wrote it down. */
  agent: unknown;
  strategy: Strategy;
  /** The edge may work on it where no cloud node takes it: it has the means, and the company allows it. */
  mayStay: boolean;
  /** Sentences for the record: why the call is placed where it is, where its agent was found. */
  explanations: readonly string[];
  /** Origins of cloud nodes by preference, the best first. */
  clouds: readonly string[];
}

/** A stream that is on its way, and what it will show. */
export interface Expected {
  token: string;
  /** Since the Unix epoch, as all times that are kept. */
  untilMs: number;
}

/** Where a call is in its life at the edge. Plain data: it survives a restart of the object that runs it. */
export type EdgeState = { expected: Expected | null } & Stage;

export type Stage =
  /** Its first stream is awaited. */
  | { stage: 'expected' }
  /** It is worked on here. */
  | { stage: 'here'; watch: PlacementWatch }
  /** A cloud node works on it. */
  | {
      stage: 'cloud';
      cloud: string;
      /** That node, or one before it, has spoken since it took the call; until then the call could come back. */
      isProven: boolean;
      sinceMs: number;
      /** What the node said that follows, once the stream is over. */
      after: Afterwards | null;
    }
  | {
      stage: 'over';
      after: Afterwards;
      /** It ended because nobody could work on it. */
      isFailure: boolean;
      /** What the cloud has not accepted yet. */
      archive: CallSummary | LeftBehind | null;
      tries: number;
      nextTryMs: number;
      forgetAtMs: number;
    };

/**
 * What was known here of a call that has not ended here. The node that had it last may have died before it had written anything
 * down; null: none had it.
 */
export interface LeftBehind {
  leftWith: string | null;
}

export interface StoredCall {
  plan: EdgePlan;
  state: EdgeState;
  /** The latest frozen call; null before there was one. */
  frozen: FrozenCall | null;
  /** The call's log, as far as it was written. */
  entries: readonly LogEntry[];
}

/**
 * What is kept of one call, so that it survives the object that runs it. Writes happen in the order they were asked for, and what is
 * written can be loaded at once.
 */
export interface EdgeStorage {
  load(): Promise<StoredCall | null>;
  /** A call begins; nothing is left of an earlier one. */
  begin(plan: EdgePlan, state: EdgeState): Promise<void>;
  keepState(state: EdgeState): Promise<void>;
  /** An entry that is there already is left as it is. */
  append(entries: readonly LogEntry[]): Promise<void>;
  saveSnapshot(frozen: FrozenCall): Promise<void>;
  clear(): Promise<void>;
  /** The object is woken then, whatever became of it. */
  setAlarm(atMs: number): Promise<void>;
}

/** The runtime's journal of the one call of an object. */
export function edgeJournal(storage: EdgeStorage, finish: (summary: CallSummary) => Promise<void>): Journal {
  return {
    // Written when the call was announced.
    async begin() {},
    append: (_, entries) => storage.append(entries),
    saveSnapshot: (_, frozen) => storage.saveSnapshot(frozen as FrozenCall),
    release: (_, frozen) => storage.saveSnapshot(frozen as FrozenCall),
    finish,
  };
}
