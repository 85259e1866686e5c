import { computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import { liveState, serverNow } from '../shell/live.ts';
import type { CallStep } from '../shell/types.ts';
import type { CallData } from './call-data.ts';
import { type Place, placeOf } from './place.ts';

/** How much of the call the timeline shows; null is all of it. */
export type Span = number | null;

const TICK_MS = 100;
const SHORTEST_VIEW_MS = 10_000;
const LIVE_ROOM_MS = 15_000;

/**
 * The one clock of the page: everything shows the call as it was at `momentMs`. All times are milliseconds from the call's
 * start.
 */
export class Timeline {
  /** Where somebody went back to; null follows the call. */
  readonly cursorMs = signal<number | null>(null);
  /** The call's own present: it grows while the call lives. */
  readonly nowMs = signal(0);
  readonly momentMs: ReadonlySignal<number>;
  readonly isLive: ReadonlySignal<boolean>;
  /** How many entries of the log, and which step, the moment has come to. */
  readonly entryCount: ReadonlySignal<number>;
  readonly stepIndex: ReadonlySignal<number>;
  /** Null until the call is known. */
  readonly place: ReadonlySignal<Place | null>;
  readonly span = signal<Span>(null);
  /** Held while a pointer drags, so that the ground does not move under it. */
  readonly heldView = signal<readonly [fromMs: number, toMs: number] | null>(null);
  readonly view: ReadonlySignal<readonly [fromMs: number, toMs: number]>;
  readonly #data: CallData;
  readonly #stops: (() => void)[] = [];

  constructor(data: CallData) {
    this.#data = data;
    const { opening, revision, entries, steps } = data;
    this.isLive = computed(() => opening.value?.status === 'live');
    this.momentMs = computed(() => this.cursorMs.value ?? this.nowMs.value);
    this.entryCount = computed(() => {
      revision.value;
      const at = this.cursorMs.value;
      return at === null ? entries.length : countUntil(entries, at);
    });
    this.stepIndex = computed(() => {
      revision.value;
      const at = this.cursorMs.value;
      return (at === null ? steps.length : countUntil(steps, at)) - 1;
    });
    this.place = computed(() => {
      const call = opening.value;
      return call && placeOf(call, entries, this.entryCount.value);
    });
    this.view = computed(() => this.heldView.value ?? this.#viewNow());
    this.#stops.push(effect(() => this.#setNow()));
    const timer = setInterval(() => {
      // While the server does not answer, nobody knows what happens to the call.
      if (this.isLive.peek() && liveState.peek().is === 'open' && !document.hidden) this.#setNow();
    }, TICK_MS);
    this.#stops.push(() => clearInterval(timer));
  }

  get data(): CallData {
    return this.#data;
  }

  /** Null where there are no steps. */
  get step(): CallStep | null {
    const index = this.stepIndex.value;
    return this.#data.steps[index] ?? null;
  }

  /** Goes to a moment; past the present it follows the call again. */
  goTo(ms: number): void {
    const end = this.nowMs.peek();
    this.cursorMs.value = ms >= end && this.isLive.peek() ? null : Math.min(end, Math.max(0, ms));
  }

  move(byMs: number): void {
    this.goTo(this.momentMs.peek() + byMs);
  }

  toNow(): void {
    this.cursorMs.value = null;
  }

  /** To the step before this moment, or the one after it. */
  stepBy(by: 1 | -1): void {
    const { steps } = this.#data;
    const at = this.momentMs.peek();
    const index =
      by > 0 ? steps.findIndex(({ atMs }) => atMs > at) : steps.findLastIndex(({ atMs }) => atMs < at);
    const step = steps[index];
    if (step) this.goTo(step.atMs);
    else if (by > 0) this.toNow();
  }

  close(): void {
    for (const stop of this.#stops) stop();
  }

  #setNow(): void {
    const { opening, entries, revision } = this.#data;
    revision.value;
    const call = opening.value;
    if (!call) return;
    const lastMs = entries.at(-1)?.atMs ?? 0;
    const endMs = call.summary ? call.summary.endedAt - call.startedAt : serverNow() - call.startedAt;
    this.nowMs.value = Math.max(lastMs, endMs);
  }

  #viewNow(): readonly [number, number] {
    const end = this.isLive.value
      ? Math.ceil((this.nowMs.value + 1_000) / LIVE_ROOM_MS) * LIVE_ROOM_MS
      : Math.max(SHORTEST_VIEW_MS, this.nowMs.value);
    const span = this.span.value;
    if (span === null || span >= end) return [0, end];

    // In quarters: a view that slides with every frame cannot be read.
    const quarter = span / 4;
    const middle = Math.round(this.momentMs.value / quarter) * quarter;
    const from = Math.max(0, Math.min(end - span, middle - span / 2));
    return [from, from + span];
  }
}

function countUntil(list: readonly { atMs: number }[], atMs: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle] as { atMs: number }).atMs <= atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
