import { decodeMuLaw } from './mulaw.ts';

export const WINDOW_MS = 10;
/** Samples, and mu-law bytes. */
export const WINDOW_SIZE = 80;
/** How much of the audio before a window's end can be looked at again. */
export const HISTORY_SIZE = 512;

/** Linear sample of every mu-law code. */
export const linearOf = decodeMuLaw(Uint8Array.from({ length: 256 }, (_, code) => code));

const FULL_SCALE_POWER = 32_768 ** 2;

/** Level of a mean square of 16-bit samples, in dB below the overload point (ITU-T G.100.1). */
export function toDbov(power: number): number {
  return 10 * Math.log10(Math.max(power, 1e-3) / FULL_SCALE_POWER);
}

/** Ten milliseconds of sound. Powers are mean squares of 16-bit samples. */
export interface SoundWindow {
  readonly power: number;
  /** Without what lies below some 300 Hz, where most of the hum and rumble is. */
  readonly midPower: number;
  /** How much of the sound its two samples before tell of each one, in dB: little for noise, some for voices, most for tones. */
  readonly predictionGainDb: number;
  /** The latest bytes, the oldest at `historyAt`; the window's own are the last before it. */
  readonly history: Uint8Array;
  readonly historyAt: number;
}

/** Of the pre-emphasis 1 - 0.95 z⁻¹, whose output power follows from the power and the correlation with the sample before. */
const PRE_EMPHASIS = 0.95;

/**
 * Cuts mu-law audio of any size into windows, three multiplications a sample and no memory. The window handed to `take`
 * is always the same object.
 */
export class SoundWindows implements SoundWindow {
  power = 0;
  midPower = 0;
  predictionGainDb = 0;
  readonly history = new Uint8Array(HISTORY_SIZE);
  historyAt = 0;
  readonly #take: (window: SoundWindow) => void;
  #size = 0;
  /** Sums of products of samples none, one and two apart. */
  #r0 = 0;
  #r1 = 0;
  #r2 = 0;
  #before = 0;
  #twoBefore = 0;

  constructor(take: (window: SoundWindow) => void) {
    this.#take = take;
  }

  write(audio: Uint8Array): void {
    for (let at = 0; at < audio.length; ) {
      const end = Math.min(audio.length, at + WINDOW_SIZE - this.#size);
      this.#add(audio, at, end);
      at = end;
      if (this.#size === WINDOW_SIZE) this.#finish();
    }
  }

  #add(audio: Uint8Array, from: number, to: number): void {
    const { history } = this;
    let at = this.historyAt;
    let r0 = this.#r0;
    let r1 = this.#r1;
    let r2 = this.#r2;
    let before = this.#before;
    let twoBefore = this.#twoBefore;
    for (let i = from; i < to; i++) {
      const code = audio[i]!;
      const sample = linearOf[code]!;
      history[at] = code;
      at = (at + 1) % HISTORY_SIZE;
      r0 += sample * sample;
      r1 += sample * before;
      r2 += sample * twoBefore;
      twoBefore = before;
      before = sample;
    }
    this.historyAt = at;
    this.#r0 = r0;
    this.#r1 = r1;
    this.#r2 = r2;
    this.#before = before;
    this.#twoBefore = twoBefore;
    this.#size += to - from;
  }

  #finish(): void {
    this.power = this.#r0 / WINDOW_SIZE;
    const r1 = this.#r1 / WINDOW_SIZE;
    this.midPower = Math.max(0, (1 + PRE_EMPHASIS ** 2) * this.power - 2 * PRE_EMPHASIS * r1);
    this.predictionGainDb = gainDb(this.#r0, this.#r1, this.#r2);
    this.#r0 = this.#r1 = this.#r2 = this.#size = 0;
    this.#take(this);
  }
}

/** Levinson's recursion, two steps of it. */
function gainDb(r0: number, r1: number, r2: number): number {
  if (r0 === 0) return 0;
  const first = r1 / r0;
  const left = Math.max(1e-6, 1 - first * first);
  const second = (r2 / r0 - first * first) / left;
  return -10 * Math.log10(Math.max(1e-6, left * (1 - second * second)));
}
