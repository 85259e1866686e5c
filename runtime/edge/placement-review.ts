import { viewFlow } from '../../machines/flow-view.ts';
import type { Call } from '../call.ts';
import type { LogEntry } from '../journal.ts';
import { needsOfView } from '../placement/flow-needs.ts';
import type { CloudPlace, EdgePlace, Strategy } from '../placement/places.ts';
import { type CallProgress, noProgress, progressAfter } from '../placement/progress.ts';
import { type PlacementWatch, reviewPlacement } from '../placement/review-placement.ts';

export interface PlacementReviewOptions {
  call: Call;
  strategy: Strategy;
  /** Null for no target. */
  latencyTargetMs: number | null;
  /** As both are known now. */
  places(): { edge: EdgePlace; cloud: CloudPlace };
  audioQuality(): 'none' | 'low' | 'medium' | 'high' | null;
  watch: PlacementWatch;
  /** What the next review needs to know, after every one. */
  watched(watch: PlacementWatch): void;
  /** The log of the call before it came here. */
  earlier: readonly LogEntry[];
  /** It is to be handed over. */
  handOff(): void;
}

/** The latest turns whose overhead counts. */
const MEASURED_TURNS = 5;

/** Looks after every turn whether the call is still well placed at the edge, and writes into the record what it found. */
export class PlacementReview {
  readonly #options: PlacementReviewOptions;
  readonly #stop: () => void;
  #progress: CallProgress;
  #watch: PlacementWatch;
  #overheadsMs: number[] = [];

  constructor(options: PlacementReviewOptions) {
    this.#options = options;
    this.#watch = options.watch;
    this.#progress = options.earlier.reduce(progressAfter, noProgress);
    this.#stop = options.call.log.listen(entry => this.#follow(entry));
  }

  /** For whoever goes on reviewing after a restart. */
  get watch(): PlacementWatch {
    return this.#watch;
  }

  stop(): void {
    this.#stop();
  }

  #follow(entry: LogEntry): void {
    this.#progress = progressAfter(this.#progress, entry);
    if (entry.kind !== 'note') return;
    if (entry.note.type === 'overhead')
      this.#overheadsMs = [...this.#overheadsMs, entry.note.ms].slice(-MEASURED_TURNS);
    // The chart has not acted on the end of the turn yet.
    if (entry.note.type === 'turn.heard') queueMicrotask(() => this.#review());
  }

  #review(): void {
    const { call, strategy, latencyTargetMs, places, audioQuality } = this.#options;
    if (call.isOver) return;
    const review = reviewPlacement({
      strategy,
      placed: 'edge',
      progress: this.#progress,
      needs: needsOfView(viewFlow(call.flowSnapshot(), call.start.language)),
      audioQuality: audioQuality(),
      latencyTargetMs,
      measuredMs: median(this.#overheadsMs),
      watch: this.#watch,
      ...places(),
    });
    this.#watch = review.watch;
    this.#options.watched(review.watch);
    call.log.note({ type: 'placement.decided', decision: review.move, text: review.text });
    if (review.move === 'handOff') this.#options.handOff();
  }
}

function median(values: readonly number[]): number | null {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? null;
}
