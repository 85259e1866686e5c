import { encodeMuLaw } from '../audio/mulaw.ts';
import { LINE_HZ, PlayoutQueue } from '../audio/playout-queue.ts';
import { Resampler } from '../audio/resampler.ts';
import type { FromAudio, ToAudio } from './line-messages.ts';

// What an AudioWorkletGlobalScope has; TypeScript's `dom` does not know it.
declare const sampleRate: number;
declare const currentFrame: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: typeof AudioWorkletProcessor): void;

const FRAME_SAMPLES = 160;

/** Both directions of a telephone line on the audio thread, so that neither waits for the page. */
class LineProcessor extends AudioWorkletProcessor {
  readonly #down = new Resampler(sampleRate, LINE_HZ);
  readonly #up = new Resampler(LINE_HZ, sampleRate);
  readonly #queue = new PlayoutQueue();
  /** Samples for the speaker that the last block had no room for. */
  readonly #ready: number[] = [];
  #frame = new Uint8Array(FRAME_SAMPLES);
  #filled = 0;
  #callerPower = 0;
  #agentPower = 0;
  #agentSamples = 0;
  #isMuted = false;
  #latencyFrames = 0;
  /** Marks whose audio is written and not yet heard. */
  #onTheirWay: { name: string; atFrame: number }[] = [];

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<ToAudio>) => this.#obey(data);
  }

  process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const output = outputs[0]![0]!;
    this.#capture(inputs[0]?.[0], output.length);
    this.#play(output);
    for (let name = this.#queue.takeDueMark(); name !== null; name = this.#queue.takeDueMark())
      this.#onTheirWay.push({ name, atFrame: currentFrame + output.length + this.#latencyFrames });
    while (this.#onTheirWay[0] && this.#onTheirWay[0].atFrame <= currentFrame)
      this.#tell({ type: 'marked', name: this.#onTheirWay.shift()!.name });
    return true;
  }

  #obey(message: ToAudio): void {
    switch (message.type) {
      case 'play':
        this.#queue.push(message.audio);
        return;
      case 'mark':
        this.#queue.mark(message.name);
        return;
      case 'clear':
        this.#queue.clear();
        this.#ready.length = 0;
        for (const { name } of this.#onTheirWay.splice(0)) this.#tell({ type: 'marked', name });
        for (let name = this.#queue.takeDueMark(); name !== null; name = this.#queue.takeDueMark())
          this.#tell({ type: 'marked', name });
        return;
      case 'mute':
        this.#isMuted = message.muted;
        return;
      case 'latency':
        this.#latencyFrames = Math.round((message.ms / 1000) * sampleRate);
    }
  }

  /** Without a microphone the line carries silence: a carrier sends a frame every 20 ms in any case. */
  #capture(input: Float32Array | undefined, length: number): void {
    for (let i = 0; i < length; i++)
      this.#down.push(this.#isMuted ? 0 : (input?.[i] ?? 0), sample => this.#say(sample));
  }

  #say(sample: number): void {
    this.#callerPower += sample * sample;
    this.#frame[this.#filled++] = encodeMuLaw(sample);
    if (this.#filled < FRAME_SAMPLES) return;

    this.#tell({
      type: 'frame',
      audio: this.#frame,
      callerLevel: level(this.#callerPower / FRAME_SAMPLES),
      agentLevel: level(this.#agentPower / Math.max(1, this.#agentSamples)),
    });
    this.#frame = new Uint8Array(FRAME_SAMPLES);
    this.#filled = 0;
    this.#callerPower = 0;
    this.#agentPower = 0;
    this.#agentSamples = 0;
  }

  #play(output: Float32Array): void {
    while (this.#ready.length < output.length) {
      const sample = this.#queue.next();
      this.#agentPower += sample * sample;
      this.#agentSamples++;
      this.#up.push(sample, made => this.#ready.push(made));
    }
    output.set(this.#ready.splice(0, output.length));
  }

  #tell(message: FromAudio): void {
    this.port.postMessage(message);
  }
}

/** From -60 dB, 0, to -6 dB, 1. */
function level(power: number): number {
  const decibels = 10 * Math.log10(power + 1e-12);
  return Math.min(1, Math.max(0, (decibels + 60) / 54));
}

registerProcessor('telephone-line', LineProcessor);
