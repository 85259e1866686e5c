import { digitWords, END, type Grammar, garbageWords, START } from './grammar.ts';
import {
  MODEL_FOLDER,
  type Recognizer,
  type Segment,
  type SphinxModule,
  type Vector,
} from './sphinx-module.ts';
import { toWideband } from './wideband.ts';

const DICTIONARY_FILE = 'dictionary';

/** One decoder of a module: hears one utterance at a time, and remembers every grammar that it was ever given. */
export class Decoder {
  readonly #module: SphinxModule;
  readonly #recognizer: Recognizer;
  readonly #audio: Vector<number>;
  readonly #words = new Set<string>();
  readonly #searches = new Map<string, number>();
  readonly #idleSearch: number;

  /** `files` counts the dictionaries written to the module so far: each decoder has its own. */
  constructor(module: SphinxModule, grammar: Grammar, files: number) {
    this.#module = module;
    const entries = [...garbageWords, ...grammar.words];
    const dictionary = entries.map(entry => `${entry.join(' ')}\n`).join('');
    const name = `${DICTIONARY_FILE}${files}`;
    module.FS_createDataFile('/', name, Buffer.from(dictionary), true, true);
    this.#recognizer = createRecognizer(module, `/${name}`);
    for (const [word] of entries) this.#words.add(word);
    this.#audio = new module.AudioBuffer();
    // Every new word rebuilds the search that is switched on: this one has a single word.
    this.#idleSearch = this.#addSearch({
      states: 2,
      transitions: [{ from: START, to: END, word: digitWords[0]!, logp: 0 }],
    });
  }

  knows(grammar: Grammar): boolean {
    return this.#searches.has(grammar.key);
  }

  start(grammar: Grammar): void {
    const search = this.#searches.get(grammar.key) ?? this.#learn(grammar);
    this.#check(this.#recognizer.switchSearch(search), 'switch to the grammar');
    this.#check(this.#recognizer.start(), 'begin an utterance');
  }

  /** Hears mu-law audio. */
  process(audio: Uint8Array): void {
    const samples = toWideband(audio);
    if (samples.length === 0) return;

    if (this.#audio.size() !== samples.length) this.#audio.resize(samples.length, 0);
    for (let i = 0; i < samples.length; i++) this.#audio.set(i, samples[i]!);
    this.#check(this.#recognizer.process(this.#audio), 'hear audio');
  }

  get hypothesis(): string {
    return this.#recognizer.getHyp();
  }

  /** Ends the utterance. The hypothesis is the last word from here on. */
  stop(): void {
    this.#check(this.#recognizer.stop(), 'end the utterance');
  }

  segments(): Segment[] {
    const vector = new this.#module.Segmentation();
    this.#recognizer.getHypseg(vector);
    const segments = Array.from({ length: vector.size() }, (_, i) => vector.get(i));
    vector.delete();
    return segments;
  }

  #learn(grammar: Grammar): number {
    const missing = grammar.words.filter(([word]) => !this.#words.has(word));
    if (missing.length > 0) {
      this.#check(this.#recognizer.switchSearch(this.#idleSearch), 'rest');
      const words = new this.#module.VectorWords();
      for (const word of missing) words.push_back(word);
      this.#check(this.#recognizer.addWords(words), 'learn words');
      words.delete();
      for (const [word] of missing) this.#words.add(word);
    }

    const search = this.#addSearch(grammar);
    this.#searches.set(grammar.key, search);
    return search;
  }

  #addSearch({ states, transitions }: Pick<Grammar, 'states' | 'transitions'>): number {
    const links = new this.#module.VectorTransitions();
    const ids = new this.#module.Integers();
    for (const transition of transitions) links.push_back(transition);
    const network = { start: START, end: END, numStates: states, transitions: links };
    this.#check(this.#recognizer.addGrammar(ids, network), 'learn a grammar');
    const search = ids.get(0);
    links.delete();
    ids.delete();
    return search;
  }

  #check(result: object, what: string): void {
    if (result !== this.#module.ReturnType.SUCCESS) throw new Error(`PocketSphinx could not ${what}.`);
  }
}

function createRecognizer(module: SphinxModule, dictionary: string): Recognizer {
  const settings: [string, string][] = [
    ['-hmm', MODEL_FOLDER],
    ['-dict', dictionary],
    // One pass: the text is ready as soon as the speech ends.
    ['-fwdflat', 'no'],
    ['-bestpath', 'no'],
    ['-remove_noise', 'no'],
    ['-logfn', '/dev/null'],
  ];
  const config = new module.Config();
  for (const setting of settings) config.push_back(setting);
  const recognizer = new module.Recognizer(config);
  config.delete();
  return recognizer;
}
