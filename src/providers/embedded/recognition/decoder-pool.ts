import { Decoder } from './decoder.ts';
import type { Grammar } from './grammar.ts';
import type { SphinxModule } from './sphinx-module.ts';

export interface DecoderPoolOptions {
  /** Utterances at a time. A decoder takes about 8 MB and is kept. */
  maxDecoders: number;
  memoryBytes: number;
  loadModule(): Promise<SphinxModule>;
}

interface Seat {
  decoder: Decoder;
  module: SphinxModule;
  /** Who used it last: their voice is what it is tuned to. */
  stream: number;
  isBusy: boolean;
}

/** A module gives nothing back, so that one that has learned many grammars is replaced at this part of its memory. */
const WORN_AT = 0.75;

/** The decoders of one thread: made at need, used again, and replaced with their module before its memory is full. */
export class DecoderPool {
  readonly #options: DecoderPoolOptions;
  #module: SphinxModule;
  #made = 0;
  #isReplacing = false;
  /** Least recently used first. */
  #seats: Seat[] = [];

  static async open(options: DecoderPoolOptions): Promise<DecoderPool> {
    return new DecoderPool(options, await options.loadModule());
  }

  private constructor(options: DecoderPoolOptions, module: SphinxModule) {
    this.#options = options;
    this.#module = module;
  }

  /** A decoder for one utterance of the stream, or null while all are taken. */
  take(stream: number, grammar: Grammar): Decoder | null {
    const free = this.#seats.filter(seat => !seat.isBusy);
    const seat =
      free.find(({ stream: owner }) => owner === stream) ??
      free.find(({ decoder }) => decoder.knows(grammar)) ??
      free[0] ??
      this.#make(grammar);
    if (!seat) return null;

    seat.isBusy = true;
    seat.stream = stream;
    return seat.decoder;
  }

  giveBack(decoder: Decoder): void {
    const seat = this.#seats.find(each => each.decoder === decoder);
    if (!seat) return;

    seat.isBusy = false;
    this.#seats = this.#seats.filter(each => each !== seat);
    if (seat.module === this.#module) this.#seats.push(seat);
    if (this.#module.heapTop() > this.#options.memoryBytes * WORN_AT) this.#replaceModule();
  }

  #make(grammar: Grammar): Seat | null {
    if (this.#seats.length >= this.#options.maxDecoders) return null;

    const decoder = new Decoder(this.#module, grammar, this.#made++);
    const seat: Seat = { decoder, module: this.#module, stream: 0, isBusy: true };
    this.#seats.push(seat);
    return seat;
  }

  /** Decoders of the old module finish their utterances; then nothing refers to it any more. */
  #replaceModule(): void {
    if (this.#isReplacing) return;

    this.#isReplacing = true;
    void this.#options.loadModule().then(module => {
      this.#module = module;
      this.#seats = this.#seats.filter(seat => seat.isBusy);
      this.#isReplacing = false;
    });
  }
}
