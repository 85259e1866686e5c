import { BYTES_PER_MS } from './media-streams.ts';

/** A voice detector needs some voice before it tells of any, and keeps silent as long after it: no words are in less. */
const RECENT_MS = 200;

/** The last that was heard of the caller. */
export class RecentAudio {
  readonly #ring = Buffer.alloc(RECENT_MS * BYTES_PER_MS);
  /** In all. */
  #bytes = 0;

  write(audio: Uint8Array): void {
    const size = this.#ring.length;
    const last = audio.length > size ? audio.subarray(audio.length - size) : audio;
    const at = (this.#bytes + audio.length - last.length) % size;
    const fits = Math.min(last.length, size - at);
    this.#ring.set(last.subarray(0, fits), at);
    this.#ring.set(last.subarray(fits), 0);
    this.#bytes += audio.length;
  }

  /** The earliest first. */
  read(): Buffer {
    if (this.#bytes < this.#ring.length) return Buffer.from(this.#ring.subarray(0, this.#bytes));
    const at = this.#bytes % this.#ring.length;
    return Buffer.concat([this.#ring.subarray(at), this.#ring.subarray(0, at)]);
  }
}
