import { batch, type ReadonlySignal, signal } from '@preact/signals';
import { LiveLink } from './live-link.ts';
import type { CallOpening, CallRow, CallStep, CallSummary, ConsoleMessage, LogEntry } from './types.ts';

const link = new LiveLink(message => queue(message));

/** Where the connection to the server stands. */
export const liveState = link.state;
let clockOffsetMs = 0;

/** Milliseconds since the Unix epoch by the server's clock. */
export function serverNow(): number {
  return Date.now() + clockOffsetMs;
}

export function connectNow(): void {
  link.connectNow();
}

interface Watch {
  take(message: ConsoleMessage): void;
  /** A new connection: what comes next begins from nothing. */
  refused(reason: string): void;
}

const watches = new Map<number, Watch>();
let lastWatch = 0;

/** Every live call. `revision` grows once for any number of changes in a frame; read the map after it. */
export interface LiveCalls {
  readonly revision: ReadonlySignal<number>;
  readonly calls: ReadonlyMap<string, CallRow>;
  /** The server has told all of them. */
  readonly complete: ReadonlySignal<boolean>;
  readonly refusal: ReadonlySignal<string | null>;
  /** Response times of a call's last turns, oldest first. */
  responsesOf(callSid: string): readonly number[];
  stop(): void;
}

const KEPT_RESPONSES = 16;

export function watchCalls(): LiveCalls {
  const calls = new Map<string, CallRow>();
  const responses = new Map<string, number[]>();
  const revision = signal(0);
  const complete = signal(false);
  const refusal = signal<string | null>(null);

  function put(row: CallRow): void {
    const before = calls.get(row.callSid);
    calls.set(row.callSid, row);
    const isNewTurn =
      row.responseMs !== null && (before?.turns !== row.turns || before.responseMs !== row.responseMs);
    if (!isNewTurn) return;

    const kept = responses.get(row.callSid);
    if (!kept) responses.set(row.callSid, [row.responseMs as number]);
    else if (kept.push(row.responseMs as number) > KEPT_RESPONSES) kept.shift();
  }

  function take(message: ConsoleMessage): void {
    if (message.type === 'calls') {
      calls.clear();
      for (const row of message.all) put(row);
      for (const callSid of responses.keys()) if (!calls.has(callSid)) responses.delete(callSid);
      complete.value = true;
    } else if (message.type === 'callsChanged') {
      for (const row of message.changed) put(row);
      for (const callSid of message.gone) {
        calls.delete(callSid);
        responses.delete(callSid);
      }
    }
    refusal.value = null;
    revision.value++;
  }

  const stop = watch(number => ({ type: 'watchCalls', watch: number }), {
    take,
    refused: reason => {
      refusal.value = reason;
    },
  });
  return { revision, calls, complete, refusal, responsesOf: sid => responses.get(sid) ?? [], stop };
}

/** One call, live or over. Entries and steps only grow: read them from where you were when `revision` moves. */
export interface LiveCall {
  readonly opening: ReadonlySignal<CallOpening | null>;
  readonly entries: readonly LogEntry[];
  readonly steps: readonly CallStep[];
  readonly revision: ReadonlySignal<number>;
  /** Entries of its past that are still on their way. */
  readonly toCome: ReadonlySignal<number>;
  readonly summary: ReadonlySignal<CallSummary | null>;
  readonly refusal: ReadonlySignal<string | null>;
  stop(): void;
}

export function watchCall(callSid: string): LiveCall {
  const entries: LogEntry[] = [];
  const steps: CallStep[] = [];
  const opening = signal<CallOpening | null>(null);
  const summary = signal<CallSummary | null>(null);
  const refusal = signal<string | null>(null);
  const revision = signal(0);
  const toCome = signal(0);

  function take(message: ConsoleMessage): void {
    if (message.type === 'call') {
      // After a reconnect all of it comes again.
      entries.length = 0;
      steps.length = 0;
      opening.value = message.call;
      summary.value = message.call.summary;
    }
    if (message.type === 'call' || message.type === 'callMoved') {
      entries.push(...message.entries);
      steps.push(...message.steps);
      toCome.value = message.toCome;
      refusal.value = null;
    }
    if (message.type === 'callEnded') {
      summary.value = message.summary;
      if (opening.value) opening.value = { ...opening.value, status: 'ended', summary: message.summary };
    }
    revision.value++;
  }

  const stop = watch(number => ({ type: 'watchCall', watch: number, callSid }), {
    take,
    refused: reason => {
      refusal.value = reason;
    },
  });
  return { opening, entries, steps, revision, toCome, summary, refusal, stop };
}

function watch(request: (number: number) => Parameters<LiveLink['ask']>[1], handler: Watch): () => void {
  const number = ++lastWatch;
  watches.set(number, handler);
  link.ask(number, request(number));
  return () => {
    watches.delete(number);
    link.drop(number);
  };
}

// However many messages come between two frames, the page is drawn once. A hidden page has no frames.
let waiting: ConsoleMessage[] = [];

function queue(message: ConsoleMessage): void {
  waiting.push(message);
  if (waiting.length > 1) return;
  if (document.hidden) setTimeout(takeWaiting, 100);
  else requestAnimationFrame(takeWaiting);
}

function takeWaiting(): void {
  const messages = waiting;
  waiting = [];
  batch(() => {
    for (const message of messages) {
      if (message.type === 'hello') {
        clockOffsetMs = message.now - Date.now();
      } else if (message.type !== 'refused') watches.get(message.watch)?.take(message);
      else if (message.watch !== null) watches.get(message.watch)?.refused(message.reason);
    }
  });
}

// A frame that was asked for while the page was visible never comes once it is hidden.
document.addEventListener('visibilitychange', () => {
  if (waiting.length > 0) takeWaiting();
});
