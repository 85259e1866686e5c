import type { Clock, TimerHandle } from '../../runtime/clock.ts';
import { durationMs, makeNoise, silentPiece, speakBriefly } from '../../src/rehearsal/caller-audio.ts';
import { HANG_OVER_MS } from '../../src/rehearsal/text-ears.ts';

const WORD_MS = 160;
const KEY_GAP_MS = 200;

/** A caller's mouth and fingers: each piece goes out when it has been said, then the silence that shows it is over. */
export class Mouth {
  readonly #clock: Clock;
  readonly #hear: (audio: Buffer) => void;
  readonly #key: (digit: string) => void;
  readonly #fallsSilent: () => void;
  #pieces: Buffer[] = [];
  #keys: string[] = [];
  #timer: TimerHandle = null;
  #keyTimer: TimerHandle = null;

  constructor(
    clock: Clock,
    to: { hear(audio: Buffer): void; key(digit: string): void; fallsSilent(): void },
  ) {
    this.#clock = clock;
    this.#hear = to.hear;
    this.#key = to.key;
    this.#fallsSilent = to.fallsSilent;
  }

  get isBusy(): boolean {
    return this.#timer !== null || this.#keyTimer !== null;
  }

  say(text: string): void {
    this.#utter(speakBriefly(text.split(' ').map(word => ({ word, ms: WORD_MS }))));
  }

  /** A sound that is no word. */
  cough(ms: number): void {
    this.#utter(makeNoise(ms));
  }

  press(keys: string): void {
    this.#keys.push(...keys);
    if (this.#keyTimer === null) this.#pressNext();
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#clock.clearTimeout(this.#keyTimer);
    this.#timer = null;
    this.#keyTimer = null;
    this.#pieces = [];
    this.#keys = [];
  }

  #utter(pieces: readonly Buffer[]): void {
    const isSpeaking = this.#pieces.length > 0;
    this.#pieces.push(...pieces);
    if (isSpeaking) return;
    this.#clock.clearTimeout(this.#timer);
    this.#next();
  }

  #next(): void {
    const [piece] = this.#pieces;
    if (!piece) {
      this.#timer = this.#clock.setTimeout(() => {
        this.#timer = null;
        this.#hear(silentPiece(HANG_OVER_MS));
        this.#fallsSilent();
      }, HANG_OVER_MS);
      return;
    }
    this.#timer = this.#clock.setTimeout(() => {
      this.#pieces.shift();
      this.#hear(piece);
      this.#next();
    }, durationMs(piece));
  }

  #pressNext(): void {
    const key = this.#keys.shift();
    if (key === undefined) {
      this.#keyTimer = null;
      this.#fallsSilent();
      return;
    }
    this.#key(key);
    this.#keyTimer = this.#clock.setTimeout(() => this.#pressNext(), KEY_GAP_MS);
  }
}
