import type { Clock } from '../../runtime/clock.ts';
import { FRAME_BYTES } from '../../runtime/media/media-streams.ts';
import { decodeMuLaw, MU_LAW_SILENCE } from '../../runtime/media/mulaw.ts';
import { FRAME_MS } from './frame-ticker.ts';
import { writeStereoWav } from './wav.ts';

const BLOCK_FRAMES = 500;

/**
 * Records a call as somebody on the line hears it: the caller on the left, the agent as played on the right, frame by
 * frame. While no stream is attached both are silent.
 */
export class StereoRecorder {
  readonly #clock: Clock;
  readonly #blocks: { caller: Uint8Array; agent: Uint8Array }[] = [];
  #frames = 0;
  #detachedAtMs: number | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get durationMs(): number {
    return this.#frames * FRAME_MS;
  }

  /** A stream begins to record. */
  attach(): void {
    if (this.#detachedAtMs === null) return;

    const gapFrames = Math.round((this.#clock.now() - this.#detachedAtMs) / FRAME_MS);
    for (let i = 0; i < gapFrames; i++) this.#nextFrame();
    this.#detachedAtMs = null;
  }

  detach(): void {
    this.#detachedAtMs ??= this.#clock.now();
  }

  /** Adds the next 20 ms. Less than a frame of the agent is followed by silence. */
  frame(caller: Uint8Array, agent: Uint8Array, agentBytes: number): void {
    const { block, at } = this.#nextFrame();
    block.caller.set(caller, at);
    block.agent.set(agentBytes === FRAME_BYTES ? agent : agent.subarray(0, agentBytes), at);
  }

  /** Everything so far as a stereo 16-bit 8 kHz WAV file. */
  toWav(): Buffer {
    return writeStereoWav(this.#channel('caller'), this.#channel('agent'));
  }

  #nextFrame() {
    const at = (this.#frames % BLOCK_FRAMES) * FRAME_BYTES;
    if (at === 0) this.#blocks.push({ caller: silentBlock(), agent: silentBlock() });
    this.#frames++;
    return { block: this.#blocks.at(-1)!, at };
  }

  #channel(side: 'caller' | 'agent'): Int16Array {
    const bytes = Buffer.concat(this.#blocks.map(block => block[side])).subarray(
      0,
      this.#frames * FRAME_BYTES,
    );
    return decodeMuLaw(bytes);
  }
}

function silentBlock(): Uint8Array {
  return new Uint8Array(BLOCK_FRAMES * FRAME_BYTES).fill(MU_LAW_SILENCE);
}
