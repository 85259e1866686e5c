import { effect, type ReadonlySignal, signal } from '@preact/signals';
import { ApiError, api } from '../shell/api.ts';
import { pathOf } from './call-data.ts';
import type { Timeline } from './timeline.ts';

export type Track = 'caller' | 'agent';
export const TRACKS: readonly Track[] = ['caller', 'agent'];

export interface Peaks {
  /** Of one value of `lows` and `highs`. */
  readonly stepMs: number;
  /** In -1 … 1, from the call's start. Read them when `revision` moves. */
  readonly lows: readonly number[];
  readonly highs: readonly number[];
  readonly revision: ReadonlySignal<number>;
  /** Why there is no more, in a sentence. */
  readonly problem: ReadonlySignal<string | null>;
}

interface PeaksAnswer {
  durationMs: number;
  peaks: readonly (readonly [number, number])[];
}

const FINE_MS = 50;
const COARSE_MS = 250;
const LONG_CALL_MS = 30 * 60_000;
const POINTS_AT_ONCE = 2_000;
const LIVE_EVERY_MS = 1_000;

/** Loads the shape of a track from the call's start, and goes on while the call lives. */
export class TrackPeaks implements Peaks {
  readonly stepMs: number;
  readonly lows: number[] = [];
  readonly highs: number[] = [];
  readonly revision = signal(0);
  readonly problem = signal<string | null>(null);
  readonly #control = new AbortController();
  readonly #track: Track;
  readonly #timeline: Timeline;
  readonly #stop: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isLoading = false;

  constructor(track: Track, timeline: Timeline) {
    this.#track = track;
    this.#timeline = timeline;
    this.stepMs = timeline.nowMs.peek() > LONG_CALL_MS ? COARSE_MS : FINE_MS;
    // The last of it comes with the call's end.
    this.#stop = effect(() => {
      timeline.isLive.value;
      void this.#load();
    });
  }

  close(): void {
    this.#control.abort();
    clearTimeout(this.#timer);
    this.#stop();
  }

  async #load(): Promise<void> {
    if (this.#isLoading) return;
    this.#isLoading = true;
    clearTimeout(this.#timer);
    const wasLive = this.#timeline.isLive.peek();
    try {
      while (await this.#loadMore());
      this.problem.value = null;
    } catch (error) {
      if (this.#control.signal.aborted) return;
      this.problem.value = (error as Error).message;
      if (error instanceof ApiError && error.status === 404 && !wasLive) return;
    } finally {
      this.#isLoading = false;
    }
    const isLive = this.#timeline.isLive.peek();
    if (isLive) this.#timer = setTimeout(() => void this.#load(), LIVE_EVERY_MS);
    else if (wasLive) void this.#load();
  }

  /** False when there is nothing more for now. */
  async #loadMore(): Promise<boolean> {
    const fromMs = this.lows.length * this.stepMs;
    const points = Math.min(POINTS_AT_ONCE, Math.floor((this.#timeline.nowMs.peek() - fromMs) / this.stepMs));
    if (points < 1) return false;

    const toMs = fromMs + points * this.stepMs;
    const query = `track=${this.#track}&from=${fromMs}&to=${toMs}&points=${points}`;
    const { durationMs, peaks } = await api<PeaksAnswer>(
      `${pathOf(this.#timeline.data.opening.peek()?.callSid ?? '')}/peaks?${query}`,
      this.#control,
    );
    // Of a live call the last moments are not written yet: they are asked for again.
    const known = this.#timeline.isLive.peek()
      ? Math.max(0, Math.floor((Math.min(toMs, durationMs) - fromMs) / this.stepMs))
      : peaks.length;
    for (const [low, high] of peaks.slice(0, known)) {
      this.lows.push(low);
      this.highs.push(high);
    }
    if (known > 0) this.revision.value++;
    return known === POINTS_AT_ONCE;
  }
}
