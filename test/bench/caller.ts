import type { CarrierLine } from '../../src/caller/carrier-line.ts';
import { PhoneCall } from '../../src/caller/phone-call.ts';
import { cutIntoFrames } from '../../src/caller/speech.ts';
import { speak } from '../harness/spoken-text.ts';
import type { Histogram } from './histogram.ts';

export interface Manner {
  /** Said one after the other, over and over. With a full stop the recogniser sees a whole phrase. */
  phrases: readonly string[];
  /** Speaks into the agent's turn, this long after it began; otherwise waits until the agent has finished. */
  interruptsAfterMs: number | null;
  /** Hangs up when the agent begins its nth turn. */
  turns: number;
}

/** What the callers of one process have counted together. */
export class Tally {
  framesIn = 0;
  framesOut = 0;
  said = 0;
  clears = 0;
  /** Audio that came after a `clear` while the caller still spoke. */
  bytesAfterClear = 0;
  readonly #gaps: Histogram;

  constructor(gaps: Histogram) {
    this.#gaps = gaps;
  }

  clear(): void {
    this.framesIn = this.framesOut = this.said = this.clears = this.bytesAfterClear = 0;
    this.#gaps.clear();
  }

  /** Counts what comes in, and the gaps between frames within one stretch of audio. */
  watch(line: CarrierLine): void {
    let lastMs: number | null = null;
    line.on('frame', arrivedAtMs => {
      this.framesIn++;
      if (lastMs !== null && arrivedAtMs - lastMs < PAUSE_MS) this.#gaps.add(arrivedAtMs - lastMs);
      lastMs = arrivedAtMs;
    });
  }
}

/** No frames for so long: the agent has finished. Callers speak for longer than that. */
const PAUSE_MS = 1_000;
/** From the agent's last sound to the caller's answer. */
const REACTION_MS = 100;

/** One caller who talks with the agent until told to stop. */
export class Caller {
  readonly call: PhoneCall;
  readonly #manner: Manner;
  readonly #tally: Tally;
  #speaking = false;
  #cleared = false;
  #agentTurns = 0;
  #phrase = 0;

  constructor(url: string, manner: Manner, tally: Tally) {
    this.#manner = manner;
    this.#tally = tally;
    this.call = new PhoneCall(url, { from: '+12025550123', to: '+12025550100', hearing: 'bytes' });
    this.call.on('attached', line => this.#listen(line));
    this.call.on('agentStarted', () => this.#agentStarted());
    this.call.on('agentStopped', () => {
      if (manner.interruptsAfterMs === null) this.#sayAfter(REACTION_MS);
    });
  }

  #listen(line: CarrierLine): void {
    this.#tally.watch(line);
    line.on('clear', () => {
      this.#tally.clears++;
      this.#cleared = this.#speaking;
    });
    line.on('frame', (_, sizeBytes) => {
      if (this.#cleared) this.#tally.bytesAfterClear += sizeBytes;
    });
  }

  #agentStarted(): void {
    if (++this.#agentTurns === this.#manner.turns) {
      void this.call.hangUp();
      return;
    }
    const { interruptsAfterMs } = this.#manner;
    if (interruptsAfterMs !== null) this.#sayAfter(interruptsAfterMs);
  }

  #sayAfter(delayMs: number): void {
    setTimeout(() => this.#say(), delayMs);
  }

  async #say(): Promise<void> {
    if (this.#speaking || this.call.end) return;
    this.#speaking = true;
    this.#tally.said++;
    await this.call.say(speechOf(this.#manner.phrases[this.#phrase++ % this.#manner.phrases.length]!));
    this.#speaking = false;
    this.#cleared = false;
  }
}

const speeches = new Map<string, ReturnType<typeof cutIntoFrames>>();

function speechOf(phrase: string) {
  let speech = speeches.get(phrase);
  if (!speech) {
    speech = cutIntoFrames(Buffer.concat(speak(phrase)));
    speeches.set(phrase, speech);
  }
  return speech;
}
