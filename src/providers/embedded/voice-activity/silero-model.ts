import type { InferenceSession, Tensor } from 'onnxruntime-node';

/** Silero judges 8 kHz audio in windows of this many samples, each preceded by the last samples of the one before. */
export const WINDOW_SAMPLES = 256;
export const WINDOW_MS = 32;
const CONTEXT_SAMPLES = 32;
const INPUT_SAMPLES = CONTEXT_SAMPLES + WINDOW_SAMPLES;
/** The recurrent state is two layers of this many numbers. */
const LAYER_SIZE = 128;

type Runtime = typeof import('onnxruntime-node');

/** What the model remembers of one call. */
export class Listening {
  readonly input = new Float32Array(INPUT_SAMPLES);
  readonly state = new Float32Array(2 * LAYER_SIZE);
  /** Of the last window judged: 0 … 1. */
  probability = 0;
  /** Where the next window is to be written. */
  readonly window = this.input.subarray(CONTEXT_SAMPLES);

  keepContext(): void {
    this.input.copyWithin(0, WINDOW_SAMPLES);
  }
}

/** Silero's voice activity model, judging one window of many calls at a time. Not reentrant. */
export class SileroModel {
  readonly #runtime: Runtime;
  readonly #session: InferenceSession;
  readonly #sampleRate: Tensor;
  #input = new Float32Array(0);
  #state = new Float32Array(0);

  private constructor(runtime: Runtime, session: InferenceSession) {
    this.#runtime = runtime;
    this.#session = session;
    this.#sampleRate = new runtime.Tensor('int64', BigInt64Array.of(8_000n), []);
  }

  static async load(modelPath: string): Promise<SileroModel> {
    // Optional: only those who open the embedded voice activity need it installed.
    const runtime = await import('onnxruntime-node');
    const session = await runtime.InferenceSession.create(modelPath, {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      // The model carries unused initializers, of which each load would warn.
      logSeverityLevel: 3,
    });

    return new SileroModel(runtime, session);
  }

  /** Judges the window that each call holds, and leaves the calls ready for their next one. */
  async judge(calls: readonly Listening[]): Promise<void> {
    const size = calls.length;
    this.#makeRoom(size);
    calls.forEach((call, i) => {
      this.#input.set(call.input, i * INPUT_SAMPLES);
      this.#state.set(call.state.subarray(0, LAYER_SIZE), i * LAYER_SIZE);
      this.#state.set(call.state.subarray(LAYER_SIZE), (size + i) * LAYER_SIZE);
    });

    const { Tensor } = this.#runtime;
    const { output, stateN } = await this.#session.run({
      input: new Tensor('float32', this.#input.subarray(0, size * INPUT_SAMPLES), [size, INPUT_SAMPLES]),
      state: new Tensor('float32', this.#state.subarray(0, 2 * size * LAYER_SIZE), [2, size, LAYER_SIZE]),
      sr: this.#sampleRate,
    });

    const probabilities = output!.data as Float32Array;
    const states = stateN!.data as Float32Array;
    calls.forEach((call, i) => {
      call.probability = probabilities[i]!;
      call.state.set(states.subarray(i * LAYER_SIZE, (i + 1) * LAYER_SIZE));
      call.state.set(states.subarray((size + i) * LAYER_SIZE, (size + i + 1) * LAYER_SIZE), LAYER_SIZE);
      call.keepContext();
    });
  }

  #makeRoom(size: number): void {
    if (this.#input.length >= size * INPUT_SAMPLES) return;
    this.#input = new Float32Array(2 * size * INPUT_SAMPLES);
    this.#state = new Float32Array(2 * size * 2 * LAYER_SIZE);
  }
}
