import { encodeMuLaw } from '../audio/mulaw.ts';
import { LINE_HZ, PlayoutQueue } from '../audio/playout-queue.ts';
import { Resampler } from '../audio/resampler.ts';
import type { FromEar, ToEar } from './listen-messages.ts';

// What an AudioWorkletGlobalScope has; TypeScript's `dom` does not know it.
declare const sampleRate: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: typeof AudioWorkletProcessor): void;

const FRAME_SAMPLES = 160;

/** Both sides of a call in a supervisor's ear, and their microphone on its way to the caller. */
class ListeningProcessor extends AudioWorkletProcessor {
  readonly #down = new Resampler(sampleRate, LINE_HZ);
  readonly #up = new Resampler(LINE_HZ, sampleRate);
  readonly #tracks = [new PlayoutQueue(), new PlayoutQueue()];
  readonly #ready: number[] = [];
  #frame = new Uint8Array(FRAME_SAMPLES);
  #filled = 0;
  #speaks = false;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<ToEar>) => {
      if (data.type === 'heard') this.#tracks[data.track]?.push(data.audio);
      else this.#speaks = data.speaks;
    };
  }

  process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const output = outputs[0]![0]!;
    const input = inputs[0]?.[0];
    if (this.#speaks && input) for (const sample of input) this.#down.push(sample, made => this.#say(made));
    while (this.#ready.length < output.length) {
      // While a person speaks in the agent's place, the agent's track is their own voice, late.
      const agent = this.#tracks[1]!.next();
      const both = this.#tracks[0]!.next() + (this.#speaks ? 0 : agent);
      this.#up.push(both, made => this.#ready.push(made));
    }
    output.set(this.#ready.splice(0, output.length));
    return true;
  }

  #say(sample: number): void {
    this.#frame[this.#filled++] = encodeMuLaw(sample);
    if (this.#filled < FRAME_SAMPLES) return;
    const message: FromEar = { audio: this.#frame };
    this.port.postMessage(message);
    this.#frame = new Uint8Array(FRAME_SAMPLES);
    this.#filled = 0;
  }
}

registerProcessor('listening-ear', ListeningProcessor);
