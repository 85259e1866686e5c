import { WINDOW_MS } from './silero-model.ts';

export interface SpeechGateOptions {
  /** A window at least this probable counts towards speech. 0 … 1, default 0.5. */
  startProbability?: number;
  /** A window less probable than this counts towards silence. 0 … 1, default 0.35. */
  stopProbability?: number;
  /** Windows of 32 ms in a row that make speech. Default 2. */
  startWindows?: number;
  /** Silence in a row that ends speech, rounded up to whole windows of 32 ms. Default 200. */
  hangoverMs?: number;
}

/** Turns one call's probabilities into edges. Between the two thresholds, things stay as they are. */
export class SpeechGate {
  readonly #startProbability: number;
  readonly #stopProbability: number;
  readonly #startWindows: number;
  readonly #hangoverWindows: number;
  #speaking: boolean;
  /** Windows in a row that speak against the present state. */
  #contrary = 0;

  constructor(options: SpeechGateOptions = {}, speaking = false) {
    this.#startProbability = options.startProbability ?? 0.5;
    this.#stopProbability = options.stopProbability ?? 0.35;
    this.#startWindows = Math.max(1, options.startWindows ?? 2);
    this.#hangoverWindows = Math.max(1, Math.ceil((options.hangoverMs ?? 200) / WINDOW_MS));
    this.#speaking = speaking;
  }

  get speaking(): boolean {
    return this.#speaking;
  }

  /** Takes the next window. True when it changed `speaking`. */
  push(probability: number): boolean {
    const against = this.#speaking
      ? probability < this.#stopProbability
      : probability >= this.#startProbability;
    this.#contrary = against ? this.#contrary + 1 : 0;
    if (this.#contrary < (this.#speaking ? this.#hangoverWindows : this.#startWindows)) return false;

    this.#speaking = !this.#speaking;
    this.#contrary = 0;
    return true;
  }

  /** Forgets the windows counted so far: what comes next does not follow them. */
  interrupt(): void {
    this.#contrary = 0;
  }
}
