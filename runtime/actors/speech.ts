import type { SpokenSentence } from '../media/heard-text.ts';
import type { Playout } from '../media/playout.ts';
import type { SynthesisStream } from '../ports.ts';

export interface SpeechEvents {
  sentence(index: number, text: string, isFiller: boolean): void;
  requested(): void;
  firstAudio(): void;
  /** Audio of the reply proper, not of a filler, goes to the carrier. */
  speaking(): void;
}

/**
 * One turn's way from sentences to audio: spoken in order, one at a time, each as soon as the one before has been
 * synthesised. Until `release`, audio is made but kept.
 */
export class Speech {
  readonly #turn: number;
  readonly #playout: Playout;
  readonly #synthesis: SynthesisStream;
  readonly #signal: AbortSignal;
  readonly #events: SpeechEvents;
  readonly #sentences: SpokenSentence[] = [];
  #held: Uint8Array[] | null;
  #bytes = 0;
  #tail: Promise<void> = Promise.resolve();
  /** Sentences that are not synthesised to their end. */
  #unspoken = 0;
  #isSpeaking = false;
  /** Sentences before this one are not what is waited for. */
  #afreshFrom = 0;
  #requestedMs = 0;
  #firstAudioMs = 0;
  readonly #now: () => number;

  constructor(options: {
    turn: number;
    playout: Playout;
    synthesis: SynthesisStream;
    signal: AbortSignal;
    held: boolean;
    now: () => number;
    events: SpeechEvents;
  }) {
    this.#turn = options.turn;
    this.#playout = options.playout;
    this.#synthesis = options.synthesis;
    this.#signal = options.signal;
    this.#held = options.held ? [] : null;
    this.#now = options.now;
    this.#events = options.events;
  }

  get sentences(): readonly SpokenSentence[] {
    return this.#sentences;
  }

  /** Whether the voice still has words to speak. */
  get isBusy(): boolean {
    return this.#unspoken > 0;
  }

  /** How long, from `sinceMs` on, the synthesis kept the first audio of the turn waiting. */
  waitedSince(sinceMs: number): number {
    return Math.max(0, this.#firstAudioMs - Math.max(this.#requestedMs, sinceMs));
  }

  /** Queues one sentence. Failures surface in `spoken`. */
  say(text: string, isFiller = false): void {
    const index = this.#sentences.length;
    this.#sentences.push({ text, fromByte: 0, toByte: null, isFiller });
    this.#events.sentence(index, text, isFiller);
    this.#unspoken++;
    this.#tail = this.#tail.then(() => this.#speak(index, text, isFiller));
    this.#tail.catch(() => {});
  }

  /** The turn is certain: what was kept is heard now. */
  release(): void {
    const held = this.#held;
    this.#held = null;
    for (const audio of held ?? []) this.#write(audio, true);
  }

  /** The next audio counts as a new beginning: the agent has been silent, for a tool. */
  startAfresh(): void {
    this.#isSpeaking = false;
    this.#afreshFrom = this.#sentences.length;
  }

  /** Resolves when all that was said has been synthesised; rejects when it could not be. */
  async spoken(): Promise<void> {
    await this.#tail;
  }

  async #speak(index: number, text: string, isFiller: boolean): Promise<void> {
    if (this.#signal.aborted) return;
    const sentence = this.#sentences[index] as SpokenSentence;
    sentence.fromByte = this.#bytes;
    if (index === 0) {
      this.#requestedMs = this.#now();
      this.#events.requested();
    }

    for await (const audio of this.#synthesis.speak(text, this.#signal)) {
      if (this.#signal.aborted) return;
      if (this.#bytes === 0) {
        this.#firstAudioMs = this.#now();
        this.#events.firstAudio();
      }
      this.#bytes += audio.length;
      this.#write(audio, !isFiller && index >= this.#afreshFrom);
    }
    this.#unspoken--;
    if (!this.#signal.aborted) sentence.toByte = this.#bytes;
  }

  #write(audio: Uint8Array, isReply: boolean): void {
    if (this.#held) {
      this.#held.push(audio);
      return;
    }
    this.#playout.write(this.#turn, audio);
    if (this.#isSpeaking || !isReply) return;
    this.#isSpeaking = true;
    this.#events.speaking();
  }
}
