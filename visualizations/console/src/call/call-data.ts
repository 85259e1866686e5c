import { batch, effect, type ReadonlySignal, signal } from '@preact/signals';
import { ApiError, api } from '../shell/api.ts';
import { type LiveCall, watchCall } from '../shell/live.ts';
import type { CallOpening, CallStep, LogEntry, StepsAnswer } from '../shell/types.ts';

/** Of a call that is looked at: all that is known so far. Lists only grow; read them when `revision` moves. */
export interface CallData {
  readonly opening: ReadonlySignal<CallOpening | null>;
  readonly entries: readonly LogEntry[];
  readonly steps: readonly CallStep[];
  readonly revision: ReadonlySignal<number>;
  /** Parts of its past are still on their way. */
  readonly isFilling: ReadonlySignal<boolean>;
  readonly failure: ReadonlySignal<Error | null>;
  stop(): void;
}

const EVENTS_AT_ONCE = 2_000;

interface EventsAnswer {
  events: readonly LogEntry[];
  next: number | null;
}

/** A live call is followed; one that is over is read from the records. The first becomes the second where it stands. */
export function openCall(callSid: string): CallData {
  const control = new AbortController();
  const entries: LogEntry[] = [];
  const steps: CallStep[] = [];
  const opening = signal<CallOpening | null>(null);
  const revision = signal(0);
  const isFilling = signal(true);
  const failure = signal<Error | null>(null);
  let leave = () => {};

  void open();
  return {
    ...{ opening, entries, steps, revision, isFilling, failure },
    stop() {
      control.abort();
      leave();
    },
  };

  async function open(): Promise<void> {
    try {
      const first = await askSteps(-1);
      if (first.call.status === 'live') follow();
      else await read(first);
    } catch (error) {
      if (!control.signal.aborted) failure.value = error as Error;
    }
  }

  async function read(first: StepsAnswer): Promise<void> {
    steps.push(...first.steps);
    await readEvents(-1);
    batch(() => {
      opening.value = first.call;
      revision.value++;
    });
    for (let next = first.next; next !== null; ) {
      const more = await askSteps(next);
      steps.push(...more.steps);
      revision.value++;
      next = more.next;
    }
    isFilling.value = false;
  }

  async function readEvents(from: number): Promise<void> {
    for (let after: number | null = from; after !== null; ) {
      const past = after < 0 ? '' : `&after=${after}`;
      const answer: EventsAnswer = await api(
        `${pathOf(callSid)}/events?limit=${EVENTS_AT_ONCE}${past}`,
        control,
      );
      entries.push(...answer.events);
      after = answer.next;
    }
  }

  function askSteps(after: number): Promise<StepsAnswer> {
    return api(`${pathOf(callSid)}/steps${after < 0 ? '' : `?after=${after}`}`, control);
  }

  function follow(): void {
    const call = watchCall(callSid);
    const stop = effect(() => take(call));
    leave = () => {
      stop();
      call.stop();
    };
  }

  function take(call: LiveCall): void {
    call.revision.value;
    const refusal = call.refusal.value;
    const next = call.opening.value;
    batch(() => {
      if (refusal !== null && !opening.peek()) failure.value = new ApiError(0, refusal);
      if (!next) return;
      // After a reconnect the whole call comes again: what is shown stays until as much of it is there.
      if (call.entries.length < entries.length && call.toCome.value > 0) return;
      copy(call.entries, entries);
      copy(call.steps, steps);
      opening.value = next;
      isFilling.value = call.toCome.value > 0;
      revision.value = revision.peek() + 1;
    });
  }
}

/** Of the API. */
export function pathOf(callSid: string): string {
  return `/api/calls/${encodeURIComponent(callSid)}`;
}

function copy<T extends { seq: number }>(from: readonly T[], to: T[]): void {
  if (from.length < to.length || from[0]?.seq !== to[0]?.seq) to.length = 0;
  for (let at = to.length; at < from.length; at++) to.push(from[at] as T);
}
