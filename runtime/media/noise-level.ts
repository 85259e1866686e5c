import { toDbov } from './sound-windows.ts';

/** Windows of 10 ms; levels in dB. */
const BLOCK_WINDOWS = 16;
/** The quietest moment of the last two seconds bounds the noise from below: nobody talks so long without a pause. */
const BLOCKS = 12;
/** The average of noise lies so far above its quietest moment at least. */
const ABOVE_QUIETEST_DB = 1.5;
/** And at first, while little is known, at most. */
const FIRST_ABOVE_QUIETEST_DB = 6;
/** Of a new window, in the level that is compared, and in what is known of the noise. */
const SMOOTHING = 0.45;
const LEARNING = 0.03;
/** A window says no more than this against what is known: a door slams once. */
const MOST_NEWS_DB = 4;
const MOST_DEVIATION_DB = 2;
/** Comfort noise and the codes of silence are no quieter to the ear. */
const FLOOR_DBOV = -72;

/** Follows a line's level and what of it is noise: how loud, and how unsteady. Allocates once. */
export class NoiseLevel {
  /** Of the line, smoothed over some 30 ms, in dBov. */
  levelDb = FLOOR_DBOV;
  /** Of the noise: average and average deviation, in dB. */
  noiseDb = Number.NaN;
  deviationDb = 1;
  #power = Number.NaN;
  readonly #quietest = new Float64Array(BLOCKS).fill(Number.POSITIVE_INFINITY);
  #ofBlock = Number.POSITIVE_INFINITY;
  #ofEarlier = Number.POSITIVE_INFINITY;
  #windows = 0;
  #blocks = 0;

  /** Takes the power of the next window. */
  follow(power: number): void {
    this.#power = Number.isNaN(this.#power) ? power : this.#power + (power - this.#power) * SMOOTHING;
    this.levelDb = toDbov(this.#power);
    this.#ofBlock = Math.min(this.#ofBlock, this.levelDb);
    if (++this.#windows === BLOCK_WINDOWS) this.#nextBlock();

    const quietest = Math.min(this.#ofBlock, this.#ofEarlier);
    if (Number.isNaN(this.noiseDb)) this.noiseDb = this.levelDb;
    if (this.#blocks < BLOCKS) this.noiseDb = Math.min(this.noiseDb, quietest + FIRST_ABOVE_QUIETEST_DB);
    this.noiseDb = Math.max(this.noiseDb, quietest + ABOVE_QUIETEST_DB, FLOOR_DBOV);
  }

  /** The last window was noise. */
  learn(): void {
    const news = Math.max(-MOST_NEWS_DB, Math.min(MOST_NEWS_DB, this.levelDb - this.noiseDb));
    this.noiseDb = Math.max(FLOOR_DBOV, this.noiseDb + LEARNING * news);
    const deviationDb = this.deviationDb + LEARNING * (Math.abs(news) - this.deviationDb);
    this.deviationDb = Math.min(MOST_DEVIATION_DB, deviationDb);
  }

  /** Whether the line is louder than the noise by `leastDb`, and by so many of its deviations. */
  exceeds(leastDb: number, deviations: number): boolean {
    return this.levelDb - this.noiseDb > Math.max(leastDb, deviations * this.deviationDb);
  }

  #nextBlock(): void {
    this.#quietest[this.#blocks++ % BLOCKS] = this.#ofBlock;
    this.#ofEarlier = this.#quietest.reduce((least, level) => Math.min(least, level));
    this.#ofBlock = Number.POSITIVE_INFINITY;
    this.#windows = 0;
  }
}
