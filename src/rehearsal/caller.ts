import type { Clock, TimerHandle } from '../../runtime/clock.ts';
import { durationMs, silentPiece } from './caller-audio.ts';
import type { SimulatedCarrier } from './carrier.ts';
import { HANG_OVER_MS } from './text-ears.ts';

/** Between two keys of somebody who reads a number off a card. */
const KEY_GAP_MS = 250;

/**
 * The caller's mouth and fingers on a clock: each piece of audio reaches the carrier when it has been said, then silence
 * for as long as voice activity needs to notice it. In between nothing is sent, for there is nothing to hear.
 */
export class SimulatedCaller {
  /** Where the audio goes; a line that comes back has another. */
  carrier: SimulatedCarrier;
  /** When the caller's last word or key was over; null before the first. */
  finishedMs: number | null = null;
  readonly #clock: Clock;
  readonly #speech: Buffer[] = [];
  #keys: string[] = [];
  #speechTimer: TimerHandle | null = null;
  /** All has been said, and the silence after it is not known yet. */
  #isFallingSilent = false;
  #keyTimer: TimerHandle | null = null;

  constructor(clock: Clock, carrier: SimulatedCarrier) {
    this.#clock = clock;
    this.carrier = carrier;
  }

  get isBusy(): boolean {
    return this.#speech.length > 0 || this.#keys.length > 0;
  }

  /** Queued behind what is still being said. */
  say(audio: readonly Buffer[]): void {
    if (audio.length === 0) return;
    this.#speech.push(...audio);
    if (this.#isFallingSilent) this.#clock.clearTimeout(this.#speechTimer);
    if (this.#isFallingSilent || this.#speechTimer === null) this.#speechTimer = this.#arm();
    this.#isFallingSilent = false;
  }

  press(keys: string): void {
    this.#keys.push(...keys);
    if (this.#keyTimer === null) this.#pressNext();
  }

  /** Leaves nothing behind. */
  stop(): void {
    this.#clock.clearTimeout(this.#speechTimer);
    this.#clock.clearTimeout(this.#keyTimer);
    this.#speech.length = 0;
    this.#keys = [];
  }

  #arm(): TimerHandle {
    const [piece] = this.#speech as [Buffer];
    return this.#clock.setTimeout(() => this.#spoken(piece), durationMs(piece));
  }

  #spoken(piece: Buffer): void {
    this.#speech.shift();
    this.carrier.hear(piece);
    if (this.#speech.length > 0) {
      this.#speechTimer = this.#arm();
      return;
    }
    this.finishedMs = this.#clock.now();
    this.#isFallingSilent = true;
    this.#speechTimer = this.#clock.setTimeout(() => {
      this.#speechTimer = null;
      this.#isFallingSilent = false;
      this.carrier.hear(silentPiece(HANG_OVER_MS));
    }, HANG_OVER_MS);
  }

  #pressNext(): void {
    this.#keyTimer = null;
    const key = this.#keys.shift();
    if (key === undefined) return;
    this.carrier.key(key);
    this.finishedMs = this.#clock.now();
    if (this.#keys.length > 0) this.#keyTimer = this.#clock.setTimeout(() => this.#pressNext(), KEY_GAP_MS);
  }
}
