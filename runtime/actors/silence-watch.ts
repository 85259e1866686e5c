import type { Clock, TimerHandle } from '../clock.ts';
import type { Playout } from '../media/playout.ts';
import type { Speech } from './speech.ts';

/** What a voice usually takes to its first audio: a filler is asked for so much before it is due. */
const VOICE_LEAD_MS = 250;
/** A voice that has words and is slow to speak them cannot be helped by more words; looked at again so soon. */
const LOOK_AGAIN_MS = 250;

/**
 * The one rule for every wait of a reply, be it for the model's first words, for its next ones or for a tool: from the end
 * of the caller's turn to the end of the reply the caller hears no longer silence than is allowed without a short filler,
 * and never the same one twice in a row. The silence counts from what the caller has heard last, not from what was made
 * last.
 */
export class SilenceWatch {
  readonly #clock: Clock;
  readonly #playout: Playout;
  readonly #speech: Speech;
  readonly #longestSilenceMs: number;
  readonly #fillers: readonly string[];
  #said = 0;
  #sinceMs = 0;
  #timer: TimerHandle | null = null;

  constructor(options: {
    clock: Clock;
    playout: Playout;
    speech: Speech;
    longestSilenceMs: number;
    /** Two or more. */
    fillers: readonly string[];
  }) {
    this.#clock = options.clock;
    this.#playout = options.playout;
    this.#speech = options.speech;
    this.#longestSilenceMs = options.longestSilenceMs;
    this.#fillers = options.fillers;
  }

  /** The caller's turn is over. */
  start(): void {
    this.#sinceMs = this.#clock.now();
    this.#lookIn(this.#leftMs());
  }

  /** All of the reply is on its way, or nobody waits for it any more. */
  stop(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
  }

  #look(): void {
    const leftMs = this.#leftMs();
    if (leftMs > 0) {
      this.#lookIn(leftMs);
      return;
    }
    if (!this.#speech.isBusy) this.#speech.say(this.#fillers[this.#said++ % this.#fillers.length]!, true);
    this.#lookIn(LOOK_AGAIN_MS);
  }

  #lookIn(ms: number): void {
    this.stop();
    this.#timer = this.#clock.setTimeout(() => this.#look(), Math.max(0, ms));
  }

  /** Until a filler must be asked for. */
  #leftMs(): number {
    const silentFromMs = Math.max(this.#sinceMs, this.#playout.playsUntilMs);
    return silentFromMs + Math.max(0, this.#longestSilenceMs - VOICE_LEAD_MS) - this.#clock.now();
  }
}
