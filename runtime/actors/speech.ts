import type { Next } from '../../machines/call-events.ts';
import type { FrozenLine } from '../frozen-call.ts';
import type { SpokenSentence } from '../media/heard-text.ts';
import type { Spoken } from '../media/line.ts';
import type { Playout } from '../media/playout.ts';
import type { SynthesisStream } from '../ports.ts';

export interface SpeechEvents {
  sentence(index: number, text: string, isFiller: boolean): void;
  requested(): void;
  firstAudio(): void;
  /** Audio of the reply proper, not of a filler, goes to the carrier. */
  speaking(): void;
  /** One sentence is synthesised to its end, and the next has not been begun. */
  between(): void;
  /** A sentence could not be spoken, and none that follow it will be. Told once. */
  failed(error: unknown): void;
}

/**
 * One turn's way from sentences to audio: spoken in order, one at a time, each as soon as the one before has been
 * synthesised. Until `release`, audio is made but kept.
 */
export class Speech implements Spoken {
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
  #isSynthesising = false;
  #hasFailed = false;
  #isSpeaking = false;
  /** Sentences before this one are not what is waited for. */
  #afreshFrom = 0;
  #requestedMs = 0;
  #firstAudioMs = 0;
  readonly #now: () => number;
  /** Set when the turn is known to its end. */
  next: Next | null = null;

  constructor(options: {
    turn: number;
    playout: Playout;
    synthesis: SynthesisStream;
    signal: AbortSignal;
    held: boolean;
    now: () => number;
    events: SpeechEvents;
    /** The turn was begun elsewhere, and so much of it is synthesised. */
    midAir: FrozenLine | null;
  }) {
    this.#turn = options.turn;
    this.#playout = options.playout;
    this.#synthesis = options.synthesis;
    this.#signal = options.signal;
    this.#held = options.held ? [] : null;
    this.#now = options.now;
    this.#events = options.events;
    if (options.midAir) this.#takeUp(options.midAir);
  }

  get sentences(): readonly SpokenSentence[] {
    return this.#sentences;
  }

  /** Whether the voice still has words to speak. */
  get isBusy(): boolean {
    return this.#unspoken > 0;
  }

  /** What the voice has yet to begin, apart from what it speaks now. */
  get waiting(): FrozenLine['waiting'] {
    const from = this.#sentences.length - this.#unspoken + (this.#isSynthesising ? 1 : 0);
    return this.#sentences.slice(from).map(({ text, isFiller = false }) => ({ text, isFiller }));
  }

  get isBetweenSentences(): boolean {
    return !this.#isSynthesising;
  }

  /** How long, from `sinceMs` on, the synthesis kept the first audio of the turn waiting. */
  waitedSince(sinceMs: number): number {
    return Math.max(0, this.#firstAudioMs - Math.max(this.#requestedMs, sinceMs));
  }

  /** Queues one sentence. */
  say(text: string, isFiller = false): void {
    const index = this.#sentences.length;
    this.#events.sentence(index, text, isFiller);
    this.#queue(text, isFiller);
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

  #queue(text: string, isFiller: boolean): void {
    const index = this.#sentences.length;
    this.#sentences.push({ text, fromByte: 0, toByte: null, isFiller });
    this.#unspoken++;
    this.#tail = this.#tail.then(() => this.#speak(index, text, isFiller));
    this.#tail.catch(error => this.#fail(error));
  }

  /** The caller hears the turn already. */
  #takeUp({ sentences, waiting, next }: FrozenLine): void {
    this.next = next;
    this.#sentences.push(...sentences);
    this.#bytes = sentences.at(-1)?.toByte ?? 0;
    this.#isSpeaking = true;
    for (const { text, isFiller } of waiting) this.#queue(text, isFiller);
  }

  #fail(error: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#events.failed(error);
  }

  async #speak(index: number, text: string, isFiller: boolean): Promise<void> {
    if (this.#signal.aborted) return;
    this.#isSynthesising = true;
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
    if (this.#signal.aborted) return;
    sentence.toByte = this.#bytes;
    this.#isSynthesising = false;
    this.#events.between();
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
