import type { Clock, TimerHandle } from '../../../runtime/clock.ts';
import { BYTES_A_MS } from './audio-time.ts';

export interface MuteWatchOptions {
  clock: Clock;
  /** How long the service may say nothing while something is due. */
  afterMs: number;
  /** Position behind the newest audio. */
  end(): number;
  /** `isSure`: there was more voice than a cough's that no words were made of. */
  suspect(isSure: boolean): void;
}

/** Voice activity tells of the end of a voice this much later. */
const HANG_OVER_BYTES = 200 * BYTES_A_MS;
/** A line that carries no audio brings no answer either. */
const MIN_UNANSWERED_BYTES = 1_000 * BYTES_A_MS;
/** Of short noises that voice activity takes for a voice, a service may rightly say nothing. */
const SURE_BYTES = 1_000 * BYTES_A_MS;

/**
 * Notices a recogniser that falls silent where it owes something: of a voice, or of what it has begun to tell. All
 * positions are bytes since the call began.
 */
export class MuteWatch {
  readonly #options: MuteWatchOptions;
  #hasVoice = false;
  #voiceStart = 0;
  #voiceEnd = 0;
  /** Voice since the last words. */
  #voiceBytes = 0;
  #heardUpTo = 0;
  #excusedUpTo = 0;
  #owesMore = false;
  #quietSinceMs = 0;
  #timer: TimerHandle | null = null;

  constructor(options: MuteWatchOptions) {
    this.#options = options;
  }

  /** Position at which the voice ended, or has got to. */
  get voiceEnd(): number {
    return this.#hasVoice ? this.#options.end() : this.#voiceEnd;
  }

  /** How long something has been due and nothing has come. */
  get waitingMs(): number {
    return this.#timer === null ? 0 : this.#options.clock.now() - this.#quietSinceMs;
  }

  voiceStarted(): void {
    this.#hasVoice = true;
    this.#voiceStart = this.#options.end();
    this.#watch();
  }

  voiceStopped(): void {
    this.#voiceEnd = this.#options.end() - HANG_OVER_BYTES;
    if (this.#hasVoice) this.#voiceBytes += Math.max(0, this.#voiceEnd - this.#voiceStart);
    this.#hasVoice = false;
  }

  /** The service has told of the audio up to a position. `owesMore`: of something that is not over. */
  heard(upTo: number, owesMore: boolean): void {
    this.#heardUpTo = Math.max(this.#heardUpTo, upTo);
    this.#owesMore = owesMore;
    this.#watchAnew();
  }

  /** It has made words of what it heard. */
  madeOut(): void {
    this.#voiceBytes = 0;
    this.#voiceStart = Math.max(this.#voiceStart, this.#heardUpTo);
  }

  /** Another socket hears all anew from a position on. */
  restart(position: number): void {
    this.#heardUpTo = Math.max(position, this.#excusedUpTo);
    this.#owesMore = false;
    this.#watchAnew();
  }

  /** Nothing more is due of the audio up to a position, by whatever socket. */
  excuse(position: number): void {
    this.#excusedUpTo = position;
    this.heard(position, false);
  }

  /** What was due has not come. */
  giveUp(): void {
    this.close();
    const voiceBytes = this.#hasVoice ? this.#options.end() - this.#voiceStart : 0;
    const isSure = this.#voiceBytes + voiceBytes >= SURE_BYTES;
    // One short noise costs one socket at the most.
    if (!isSure) this.#excusedUpTo = this.voiceEnd;
    this.#options.suspect(isSure);
  }

  close(): void {
    this.#options.clock.clearTimeout(this.#timer);
    this.#timer = null;
  }

  #watchAnew(): void {
    this.close();
    if (this.#hasVoice || this.#owesMore || this.#heardUpTo < this.#voiceEnd) this.#watch();
  }

  #watch(): void {
    if (this.#timer !== null) return;
    this.#quietSinceMs = this.#options.clock.now();
    this.#arm();
  }

  #arm(): void {
    const { clock, afterMs, end } = this.#options;
    this.#timer = clock.setTimeout(() => {
      if (end() - Math.max(this.#heardUpTo, this.#voiceStart) >= MIN_UNANSWERED_BYTES) this.giveUp();
      else this.#arm();
    }, afterMs);
  }
}
