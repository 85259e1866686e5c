import { isDialledTone } from './dialled-tone.ts';
import { NoiseLevel } from './noise-level.ts';
import { periodicityOf } from './periodicity.ts';
import { type SoundWindow, toDbov, WINDOW_MS } from './sound-windows.ts';

/** Silence that ends the voice. As long as that of the embedded neural detector. */
export const HANG_OVER_MS = 200;
const HANG_OVER_WINDOWS = HANG_OVER_MS / WINDOW_MS;

/** A voice begins when, of the last six windows, four stand out of the noise and two repeat themselves as voices do. */
const LOOK_BACK = 0b111111;
const LOUD_WINDOWS = 4;
const VOICED_WINDOWS = 2;
const VOICED = 0.5;
/** To begin, a window must exceed the noise by so many dB and deviations of it; to go on, by these. */
const BEGIN = { db: 4.5, deviations: 3.5 };
const GO_ON = { db: 2.5, deviations: 2 };
/** Nobody is understood who is quieter, in dBov. */
const QUIETEST_DBOV = -52;
const QUIETEST_GOING_ON_DBOV = -55;
/** More predictable than any voice: a tone of the line. */
const TONE_DB = 23;

/**
 * Tells voices from noise by level, by what is known of the noise, and by the repetition of voiced sounds. Both the whole
 * band and the part above the rumble are compared with their own noise. A few multiplications a sample; the search for
 * repetition runs only while something stands out and nobody has been found to speak.
 */
export class VoiceDetector {
  readonly full = new NoiseLevel();
  readonly mid = new NoiseLevel();
  isSpeaking = false;
  /** The last window was voice, not a pause within it. */
  isLoud = false;
  #silentWindows = 0;
  /** The latest windows, a bit each. */
  #loud = 0;
  #voiced = 0;

  /** Takes the next window. True when `isSpeaking` has changed. */
  judge(window: SoundWindow): boolean {
    this.full.follow(window.power);
    this.mid.follow(window.midPower);
    return this.isSpeaking ? this.#goesOn(window) : this.#begins(window);
  }

  #begins(window: SoundWindow): boolean {
    this.isLoud =
      this.#exceeds(BEGIN) &&
      toDbov(window.power) > QUIETEST_DBOV &&
      window.predictionGainDb < TONE_DB &&
      !isDialledTone(window);
    const isVoiced = this.isLoud && periodicityOf(window) > VOICED;
    this.#loud = ((this.#loud << 1) | Number(this.isLoud)) & LOOK_BACK;
    this.#voiced = ((this.#voiced << 1) | Number(isVoiced)) & LOOK_BACK;
    if (!isVoiced) {
      this.full.learn();
      this.mid.learn();
    }
    if (ones(this.#loud) < LOUD_WINDOWS || ones(this.#voiced) < VOICED_WINDOWS) return false;

    this.isSpeaking = true;
    this.#silentWindows = 0;
    return true;
  }

  #goesOn(window: SoundWindow): boolean {
    this.isLoud = this.#exceeds(GO_ON) && toDbov(window.power) > QUIETEST_GOING_ON_DBOV;
    this.#silentWindows = this.isLoud ? 0 : this.#silentWindows + 1;
    if (this.#silentWindows < HANG_OVER_WINDOWS) return false;

    this.isSpeaking = false;
    this.#loud = this.#voiced = 0;
    return true;
  }

  #exceeds({ db, deviations }: { db: number; deviations: number }): boolean {
    return this.full.exceeds(db, deviations) || this.mid.exceeds(db, deviations);
  }
}

function ones(bits: number): number {
  let count = 0;
  for (let left = bits; left > 0; left >>= 1) count += left & 1;
  return count;
}
