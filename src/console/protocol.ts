import type { Facts } from '../../machines/flow.ts';
import type { FlowChoice } from '../../machines/flow-view.ts';
import type { CallSummary, LogEntry } from '../../runtime/journal.ts';
import type { Finding } from '../check/finding.ts';
import type { FlowCoverage } from '../scenarios/coverage.ts';

/** As GET /api/flows and /api/flows/results answer. */
export type { ServedFlow } from '../api/flows.ts';
export type { Rate, VersionResult } from '../flows/results.ts';

/**
 * What the console's pages and the server say to each other: over the WebSocket at /api/live, one JSON object a message, and
 * over HTTP. Types alone, so that the pages may import them. Times are milliseconds; `atMs` counts from the call's start.
 *
 * A page that reads slowly is told less often, and more at once; one that does not read for half a minute is closed with
 * 1013 “too slow”. A socket of a page that is not let in (any more) is refused, or closed with 1008.
 */

/** What a page asks for. Each watch has a number of the page's own choosing; a socket may have 32 at once. */
export type ConsoleRequest =
  | { type: 'watchCalls'; watch: number }
  | { type: 'watchCall'; watch: number; callSid: string }
  | { type: 'unwatch'; watch: number };

export type ConsoleMessage =
  /** The first message. Clocks differ: `now` is the server's, since the Unix epoch. */
  | { type: 'hello'; version: string; now: number; readOnly: boolean }
  /** Every live call, once; then what changed, at most four times a second. */
  | { type: 'calls'; watch: number; all: readonly CallRow[] }
  /** `gone`: SIDs of calls that have ended, or go on at another node. */
  | { type: 'callsChanged'; watch: number; changed: readonly CallRow[]; gone: readonly string[] }
  /**
   * The call so far, once; then what came to it, at most twenty times a second. A long call comes in pieces: `toCome` says
   * how many entries of its past the next `callMoved` bring. A call that goes to another node, or comes from one, is told from
   * its beginning again.
   */
  | {
      type: 'call';
      watch: number;
      call: CallOpening;
      entries: readonly LogEntry[];
      steps: readonly CallStep[];
      toCome: number;
    }
  | {
      type: 'callMoved';
      watch: number;
      entries: readonly LogEntry[];
      steps: readonly CallStep[];
      toCome: number;
    }
  /** After its last entry. Comes for a call that had ended before, too. */
  | { type: 'callEnded'; watch: number; summary: CallSummary }
  /** `watch` is null when what was asked could not even be read. */
  | { type: 'refused'; watch: number | null; reason: string };

/** A call in the list. */
export interface CallRow {
  callSid: string;
  callId: string;
  /** Where it runs now. */
  node: string;
  /** As its chart has it. */
  placement: 'edge' | 'cloud';
  /** The node that had it before; null where it never moved. */
  cameFrom: string | null;
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
  /** Of the last turn that a model answered; null: so far the flow itself. */
  model: string | null;
  /** End of the caller's turn → first frame of the answer, of the last turn. */
  responseMs: number | null;
  /** Of language models, as far as they told; null when none did. */
  costUsd: number | null;
  warnings: number;
}

/** What does not change about a call that is looked at. */
export interface CallOpening {
  callSid: string;
  callId: string;
  /** Where it began. Where it went from there its log tells: `call.moved`, `placement.taken`. */
  node: string;
  placement: 'edge' | 'cloud';
  /** It runs on the node that answers. One that lives elsewhere is told by what is on record of it, about a second later. */
  isHere: boolean;
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
  /** Null while it lives; of a redacted call, `callEnded` brings it. */
  summary: CallSummary | null;
  /** Whether audio was kept and may be heard, and the shape of it: /api/calls/:callSid/audio. Never of a redacted call. */
  hasAudio: boolean;
  /** What the steps were made with: the flow as the call follows it, today's of that name, or none (then there are no steps). */
  chart: 'followed' | 'today' | 'none';
  /** Personal facts, digits, numbers and addresses are replaced by marks. */
  redacted: boolean;
}

/** What one entry of the log led to. `seq` is the entry's; 0 is the call's beginning. Notes lead to nothing. */
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
  /** Deadlines that are armed after this step, the next first. `dueMs` counts from the call's start, as `atMs`. */
  timers: readonly { name: string; dueMs: number }[];
}

/** GET /api/session. `none`: go to /login. A server without API_KEY lets its own machine in, as `loopback`. */
export interface SessionAnswer {
  access: 'session' | 'key' | 'loopback' | 'none';
  /** Calls may be watched, not acted upon. */
  readOnly: boolean;
  /** False: there is no API_KEY, so nobody can log in. */
  canLogIn: boolean;
  version: string;
}

/** GET /api/calls/:callSid/steps. */
export interface StepsAnswer {
  call: CallOpening;
  steps: readonly CallStep[];
  /** Log entries after the last step, of a call too long for one answer: ask again with ?after=<seq>. Null at the end. */
  next: number | null;
}

/** GET /api/flows/:name. Its picture is /api/charts/flows/:name.svg?version=…, with ?coverage=1 what scenarios cover. */
export interface FlowAnswer {
  name: string;
  /** In force, or of the file where it is not served. */
  version: string;
  isServed: boolean;
  languages: readonly string[];
  /** The flow's states by dotted path, with how many live calls are in each. */
  states: readonly { id: string; path: string; description: string; liveCalls: number }[];
  facts: Readonly<Record<string, { description: string; type: string; personal: boolean }>>;
  /** What checking and playing its scenarios says of the file as it is now. */
  study: FlowStudy;
}

export interface FlowStudy {
  /**
   * Of the file. Differs from the version in force when the file was edited and not (yet) put in force; null when the file
   * holds no chart.
   */
  version: string | null;
  findings: readonly Finding[];
  scenarios: { passed: number; failed: number; other: number; problem: string | null };
  coverage: FlowCoverage;
}

/** GET /api/softphone: what may be asked for. */
export interface SoftphoneChoices {
  flows: readonly { name: string; languages: readonly string[]; isServed: boolean; description: string }[];
  agents: readonly { name: string; flow: string; language: string }[];
}

/** POST /api/softphone. What is absent is as the agent has it. */
export interface SoftphoneRequest {
  agent?: string;
  flow?: string;
  /** BCP-47. */
  language?: string;
}

/**
 * The browser is the carrier: it opens `url`, sends Twilio's `connected` and `start` messages with these ids and
 * `parameters` (the token among them) as customParameters, then 20 ms of mu-law a message; it plays `media`, echoes `mark`
 * when all before it was played, and drops what waits on `clear`. The token is good for half a minute, once.
 */
export interface SoftphoneAnswer {
  url: string;
  token: string;
  accountSid: string;
  callSid: string;
  streamSid: string;
  parameters: Readonly<Record<string, string>>;
  flow: string;
  flowVersion: string;
  language: string;
}

/**
 * POST /api/softphone/resume {callSid, dialStatus?}: asked when the server has closed the stream, as a carrier asks. The call
 * is over, goes on in a new stream, or is passed to a person: there is nobody behind a softphone, so tell the user the
 * number and ask again with what became of it.
 */
export type SoftphoneNext =
  | { next: 'hangUp' }
  | { next: 'dial'; number: string }
  | { next: 'connect'; stream: SoftphoneAnswer };
