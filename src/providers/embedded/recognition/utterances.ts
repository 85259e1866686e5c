import { toConfidence } from './confidence.ts';
import type { Decoder } from './decoder.ts';
import type { DecoderPool } from './decoder-pool.ts';
import type { Dictionary } from './dictionary.ts';
import { compileGrammar, type Grammar, withoutGarbage } from './grammar.ts';
import type { RecognitionAnswer, RecognitionRequest } from './recognition-messages.ts';

interface Utterance {
  number: number;
  stream: number;
  grammar: Grammar;
  /** Null while all decoders are taken. */
  decoder: Decoder | null;
  /** Audio that came before there was a decoder. */
  backlog: Uint8Array[];
  isFinished: boolean;
  lastPartial: string;
}

const MAX_GRAMMARS = 256;
/** A text that fits its sounds as badly as this is no text. */
const MIN_CONFIDENCE = 0.35;

/** What goes on in a recognition thread: the open utterances of all its streams. */
export class Utterances {
  readonly #pool: DecoderPool;
  readonly #dictionary: Dictionary;
  readonly #tell: (answer: RecognitionAnswer) => void;
  readonly #open = new Map<number, Utterance>();
  readonly #grammars = new Map<string, Grammar>();

  constructor(pool: DecoderPool, dictionary: Dictionary, tell: (answer: RecognitionAnswer) => void) {
    this.#pool = pool;
    this.#dictionary = dictionary;
    this.#tell = tell;
  }

  take(request: RecognitionRequest): void {
    if (request.type === 'begin') {
      this.#begin(request);
      return;
    }

    const utterance = this.#open.get(request.utterance);
    if (!utterance) return;
    if (request.type === 'audio') this.#hear(utterance, request.audio);
    if (request.type === 'finish') this.#finish(utterance);
    if (request.type === 'drop') this.#drop(utterance);
  }

  #begin({ utterance: number, stream, phrases }: Extract<RecognitionRequest, { type: 'begin' }>): void {
    const utterance: Utterance = {
      number,
      stream,
      grammar: this.#grammarOf(phrases),
      decoder: null,
      backlog: [],
      isFinished: false,
      lastPartial: '',
    };
    this.#open.set(number, utterance);
    this.#seat(utterance);
  }

  #hear(utterance: Utterance, audio: Uint8Array): void {
    const { decoder, grammar } = utterance;
    if (!decoder) {
      utterance.backlog.push(audio);
      return;
    }

    decoder.process(audio);
    const text = withoutGarbage(decoder.hypothesis);
    if (text === utterance.lastPartial) return;
    utterance.lastPartial = text;
    this.#tell({ type: 'partial', utterance: utterance.number, text, complete: grammar.accepts(text) });
  }

  #finish(utterance: Utterance): void {
    utterance.isFinished = true;
    const { decoder, grammar, number } = utterance;
    if (!decoder) return;

    decoder.stop();
    const text = withoutGarbage(decoder.hypothesis);
    const confidence = text && grammar.accepts(text) ? toConfidence(decoder.segments()) : 0;
    const isHeard = confidence >= MIN_CONFIDENCE;
    this.#tell({
      type: 'final',
      utterance: number,
      text: isHeard ? text : '',
      confidence: isHeard ? confidence : 0,
    });
    this.#leave(utterance);
  }

  #drop(utterance: Utterance): void {
    utterance.decoder?.stop();
    this.#leave(utterance);
  }

  #leave(utterance: Utterance): void {
    this.#open.delete(utterance.number);
    if (!utterance.decoder) return;

    this.#pool.giveBack(utterance.decoder);
    const next = [...this.#open.values()].find(({ decoder }) => !decoder);
    if (next) this.#seat(next);
  }

  #seat(utterance: Utterance): void {
    utterance.decoder = this.#pool.take(utterance.stream, utterance.grammar);
    if (!utterance.decoder) return;

    utterance.decoder.start(utterance.grammar);
    for (const audio of utterance.backlog.splice(0)) this.#hear(utterance, audio);
    if (utterance.isFinished) this.#finish(utterance);
  }

  #grammarOf(phrases: readonly string[]): Grammar {
    const key = phrases.join('\n');
    const known = this.#grammars.get(key);
    if (known) return known;

    const grammar = compileGrammar(phrases, this.#dictionary);
    for (const message of grammar.warnings) this.#tell({ type: 'warning', message });
    this.#grammars.set(key, grammar);
    for (const oldest of this.#grammars.keys()) {
      if (this.#grammars.size <= MAX_GRAMMARS) break;
      this.#grammars.delete(oldest);
    }
    return grammar;
  }
}
