import type { Outcome, Purpose, ToolCall } from './call-events.ts';

/** What a call is started with. */
export interface CallInput {
  callId: string;
  placement: 'edge' | 'cloud';
}

/** Ids and counters only: the words are in the record beside the actor. */
export interface CallContext {
  callId: string;
  placement: 'edge' | 'cloud';
  /** Number of the latest reply; 0 before the greeting. */
  turn: number;
  purpose: Purpose;
  /** Utterances that no reply has taken up yet. */
  unanswered: readonly number[];
  /** Utterances that the current reply is about. */
  answering: readonly number[];
  /** Words a reply is being prepared for although the caller may go on. */
  speculatedText: string | null;
  /** Tools the current reply has asked for; kept until they are run. */
  toolCalls: readonly ToolCall[];
  /** The reply's first words may not be interrupted. */
  uninterruptible: boolean;
  /** The model may ask to wait for more; not twice in a row. */
  mayWait: boolean;
  /** In a row: reminders given, utterances without words, replies that failed. */
  reminders: number;
  unclear: number;
  failures: number;
  /** Lines of a supervisor that the agent has yet to say. */
  lines: number;
  /** The line is lost while a supervisor has the floor, who has it again when the line comes back. */
  isHeldForSupervisor: boolean;
  outcome: Outcome | null;
}

export interface CallOutput {
  callId: string;
  outcome: Outcome;
  unanswered: readonly number[];
}

/** Input of the `reply` actor. Everything else about the turn is found by `callId`. */
export interface ReplyInput {
  callId: string;
  turn: number;
  purpose: Purpose;
  utterances: readonly number[];
  /** Set while the caller may still go on: nothing may be heard and no tool may run before `commit`. */
  speculatedText: string | null;
  mayWait: boolean;
}

/** Input of the `tools` actor. */
export interface ToolsInput {
  callId: string;
  turn: number;
  calls: readonly ToolCall[];
}
