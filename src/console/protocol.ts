import type { Facts } from '../../machines/flow.ts';
import type { FlowChoice } from '../../machines/flow-view.ts';
import type { CallSummary, LogEntry } from '../../runtime/journal.ts';

/**
 * What the console's pages and the server say to each other over the WebSocket at /api/live, one JSON object a message. Types
 * alone, so that the pages may import them. Times are milliseconds; `atMs` counts from the call's start.
 */

/** What a page asks for. Each watch has a number of the page's own choosing. */
export type ConsoleRequest =
  | { type: 'watchCalls'; watch: number }
  | { type: 'watchCall'; watch: number; callSid: string }
  | { type: 'unwatch'; watch: number };

export type ConsoleMessage =
  /** The first message. Clocks differ: `now` is the server's, since the Unix epoch. */
  | { type: 'hello'; version: string; now: number; readOnly: boolean }
  /** Every live call, once; then what changed, at most four times a second. */
  | { type: 'calls'; watch: number; all: readonly CallRow[] }
  | { type: 'callsChanged'; watch: number; changed: readonly CallRow[]; ended: readonly string[] }
  /** The call so far, once; then what came to it, at most twenty times a second. */
  | {
      type: 'call';
      watch: number;
      call: CallOpening;
      entries: readonly LogEntry[];
      steps: readonly CallStep[];
    }
  | { type: 'callMoved'; watch: number; entries: readonly LogEntry[]; steps: readonly CallStep[] }
  | { type: 'callEnded'; watch: number; summary: CallSummary }
  | { type: 'refused'; watch: number; reason: string };

/** A call in the list. */
export interface CallRow {
  callSid: string;
  callId: string;
  node: string;
  direction: 'inbound' | 'outbound';
  from: string;
  to: string;
  agent: string;
  flow: string;
  flowVersion: string;
  /** Since the Unix epoch. */
  startedAt: number;
  /** The chart's floor, as `replying.speaking`. */
  state: string;
  flowState: string;
  speaking: 'caller' | 'agent' | 'nobody';
  turns: number;
  /** Names of what hears, speaks and thinks. */
  recognition: string;
  synthesis: string;
  /** Of the last turn that a model answered; null: the flow itself. */
  model: string | null;
  /** End of the caller's turn → first frame of the answer, of the last turn. */
  responseMs: number | null;
  /** Of language models, as far as they told. */
  costUsd: number | null;
  warnings: number;
}

/** What does not change about a call that is looked at. */
export interface CallOpening {
  callSid: string;
  callId: string;
  node: string;
  direction: 'inbound' | 'outbound';
  from: string;
  to: string;
  agent: string;
  flow: string;
  flowVersion: string;
  language: string;
  startedAt: number;
  parameters: Readonly<Record<string, string>>;
  status: 'live' | 'ended';
  /** Null while it lives. */
  summary: CallSummary | null;
  /** Whether audio was kept, and the shape of it: /api/calls/:callSid/audio. */
  hasAudio: boolean;
}

/** What one entry of the log led to. `seq` is the entry's. */
export interface CallStep {
  seq: number;
  atMs: number;
  /** The event, or the timer as `after silence`. */
  event: string;
  /** Active states of the call's chart, as the picture's `data-state`, innermost ones only. */
  states: readonly string[];
  /** Transitions taken, as the picture's `data-edge`. */
  transitions: readonly string[];
  flow: {
    state: string;
    states: readonly string[];
    transitions: readonly string[];
    facts: Facts;
    choices: readonly Pick<FlowChoice, 'event' | 'description'>[];
  } | null;
  /** Deadlines that are armed after this step. */
  timers: readonly { name: string; dueMs: number }[];
}
