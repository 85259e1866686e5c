import { linearOf, toDbov } from './sound-windows.ts';

/** How well a caller can be heard, as far as sound alone tells. `none`: no voice. */
export type AudioClass = 'none' | 'low' | 'medium' | 'high';

/** What was measured of one stretch of a caller's voice. Levels in dBov (ITU-T G.100.1), to a tenth. */
export interface AudioMeasure {
  class: AudioClass;
  /** 0 … 1. */
  score: number;
  /** How long there was a voice. */
  voiceMs: number;
  /** Of the voice without the noise in it; null where there was none. */
  speechDbov: number | null;
  /** Of the line while nobody spoke; null where somebody always did. Then nothing is known of the distance, and it costs nothing. */
  noiseDbov: number | null;
  snrDb: number | null;
  /** Of the voice, samples at the loudest code, 0 … 1. */
  clippedShare: number;
  /** Of the voice, time in which the line was dead between two loud moments, 0 … 1. */
  lostShare: number;
}

/**
 * Where each figure begins to cost, and where nothing is left. Recognisers of the telephone work well from some 20 dB on
 * and hear next to nothing at 0; carriers level speech to about -26 dBov.
 */
export const audioQuality = {
  snrDb: { bad: 2, good: 22 },
  speechDbov: { bad: -54, good: -40 },
  clippedShare: { bad: 0.3, good: 0.03 },
  lostShare: { bad: 0.15, good: 0.02 },
  /** A score from here on is of that class. */
  high: 0.7,
  medium: 0.3,
  /** Less voice says nothing. */
  leastVoiceMs: 60,
} as const;

const WINDOW_MS = 20;
const WINDOW_SIZE = 160;
/** Every second sample tells the power as well. */
const STEP = 2;
/**
 * What a window was is known so much later: voice is found late, and lost only after the detector's hang-over, which is
 * 200 ms in all of them.
 */
const DELAY_WINDOWS = 10;
const DELAY_SIZE = DELAY_WINDOWS * WINDOW_SIZE;
/** Of a new window in what is known of the noise: half a second. */
const LEARNING = 0.04;
/** A line that carries as little is dead, not quiet: comfort noise is louder. */
const DEAD_POWER = 64;
/** Longer is a pause. */
const MOST_DEAD_WINDOWS = 10;
/** What was said just before and after audio that was lost is no quieter than this, in comparison with the voice. */
const LOUD_SHARE = 0.05;
/** Samples are counted at the loudest code only where there may be any. */
const MAY_CLIP_POWER = 4_000 ** 2;

const squareOf = Float64Array.from(linearOf, sample => sample * sample);

/** Measures one call's audio, beside any detector of voices: about a fifth of a microsecond a frame, and no memory. */
export class AudioMeter {
  #squares = 0;
  #size = 0;
  #clipped = 0;
  /** The latest windows, before it is known what they were. */
  readonly #powers = new Float64Array(DELAY_WINDOWS);
  readonly #clips = new Uint8Array(DELAY_WINDOWS);
  #first = 0;
  #waiting = 0;
  #hadVoice = false;

  #noisePower = Number.NaN;
  #voicePower = 0;
  #voiceWindows = 0;
  #clippedSamples = 0;
  #lostWindows = 0;
  /** Dead windows in a row; -1 while they do not follow a loud one. */
  #dead = -1;

  /** `hasVoice`: what the detector of voices makes of the line now. */
  write(audio: Uint8Array, hasVoice: boolean): void {
    if (hasVoice !== this.#hadVoice) this.#turn(hasVoice, audio.length);
    for (let at = 0; at < audio.length; ) {
      const end = Math.min(audio.length, at + WINDOW_SIZE - this.#size);
      let squares = 0;
      for (let i = at; i < end; i += STEP) squares += squareOf[audio[i]!]!;
      this.#squares += squares;
      this.#size += end - at;
      if (squares > (MAY_CLIP_POWER * (end - at)) / STEP) this.#clipped += clippedIn(audio, at, end);
      at = end;
      if (this.#size === WINDOW_SIZE) this.#finish();
    }
  }

  /** Of the voice since the last `forget`; what is known of the noise is of the whole call. */
  measure(): AudioMeasure {
    const voiceMs = this.#voiceWindows * WINDOW_MS;
    const noise = Number.isNaN(this.#noisePower) ? null : this.#noisePower;
    if (voiceMs < audioQuality.leastVoiceMs) return unheard(voiceMs, noise);

    const power = this.#voicePower / this.#voiceWindows;
    const speechDbov = toDbov(Math.max(power - (noise ?? 0), power / 100));
    const snrDb = noise === null ? null : speechDbov - Math.max(toDbov(noise), QUIETEST_DBOV);
    const clippedShare = this.#clippedSamples / (this.#voiceWindows * WINDOW_SIZE);
    const lostShare = this.#lostWindows / this.#voiceWindows;
    const score =
      (snrDb === null ? 1 : between(audioQuality.snrDb, snrDb)) *
      between(audioQuality.speechDbov, speechDbov) *
      between(audioQuality.clippedShare, clippedShare) *
      between(audioQuality.lostShare, lostShare);
    return {
      class: score >= audioQuality.high ? 'high' : score >= audioQuality.medium ? 'medium' : 'low',
      score: rounded(score, 100),
      voiceMs,
      speechDbov: rounded(speechDbov, 10),
      noiseDbov: noise === null ? null : levelOf(noise),
      snrDb: snrDb === null ? null : rounded(snrDb, 10),
      clippedShare: rounded(clippedShare, 1_000),
      lostShare: rounded(lostShare, 1_000),
    };
  }

  /** The voice so far has been dealt with. */
  forget(): void {
    this.#voicePower = 0;
    this.#voiceWindows = 0;
    this.#clippedSamples = 0;
    this.#lostWindows = 0;
    this.#dead = -1;
  }

  #finish(): void {
    if (this.#waiting === DELAY_WINDOWS) this.#settle();
    const at = (this.#first + this.#waiting++) % DELAY_WINDOWS;
    this.#powers[at] = (this.#squares * STEP) / WINDOW_SIZE;
    this.#clips[at] = this.#clipped;
    this.#squares = this.#size = this.#clipped = 0;
  }

  /** Of what waits, the beginning of a voice counts for nothing, nor does the hang-over after one, which ends in `pieceSize`. */
  #turn(hasVoice: boolean, pieceSize: number): void {
    const hangOver = Math.max(0, Math.ceil((DELAY_SIZE - pieceSize) / WINDOW_SIZE));
    while (!hasVoice && this.#waiting > hangOver) this.#settle();
    this.#waiting = 0;
    this.#hadVoice = hasVoice;
  }

  #settle(): void {
    const at = this.#first;
    this.#first = (at + 1) % DELAY_WINDOWS;
    this.#waiting--;
    const power = this.#powers[at]!;
    if (!this.#hadVoice) {
      const known = Number.isNaN(this.#noisePower) ? power : this.#noisePower;
      this.#noisePower = known + LEARNING * (power - known);
      this.#dead = -1;
      return;
    }
    this.#voicePower += power;
    this.#voiceWindows++;
    this.#clippedSamples += this.#clips[at]!;
    this.#followLoss(power);
  }

  #followLoss(power: number): void {
    if (power < DEAD_POWER) {
      if (this.#dead >= 0) this.#dead++;
      return;
    }
    const isLoud = power > (LOUD_SHARE * this.#voicePower) / this.#voiceWindows;
    if (isLoud && this.#dead > 0 && this.#dead <= MOST_DEAD_WINDOWS) this.#lostWindows += this.#dead;
    this.#dead = isLoud ? 0 : -1;
  }
}

/** As quiet as comfort noise is, a line disturbs nobody. */
const QUIETEST_DBOV = -65;

function unheard(voiceMs: number, noise: number | null): AudioMeasure {
  return {
    class: 'none',
    score: 0,
    voiceMs,
    speechDbov: null,
    noiseDbov: noise === null ? null : levelOf(noise),
    snrDb: null,
    clippedShare: 0,
    lostShare: 0,
  };
}

function clippedIn(audio: Uint8Array, from: number, to: number): number {
  let count = 0;
  // The loudest codes of both signs are 0x00 and 0x80.
  for (let i = from; i < to; i++) if ((audio[i]! & 0x7f) === 0) count++;
  return count;
}

/** 0 at `bad` and beyond, 1 at `good` and beyond. */
function between({ bad, good }: { bad: number; good: number }, value: number): number {
  return Math.max(0, Math.min(1, (value - bad) / (good - bad)));
}

function levelOf(power: number): number {
  return rounded(Math.max(toDbov(power), -96), 10);
}

function rounded(value: number, parts: number): number {
  return Math.round(value * parts) / parts;
}
