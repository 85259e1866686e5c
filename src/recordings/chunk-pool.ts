/** Two seconds of audio: a write to the disk for each. */
export const CHUNK_BYTES = 16 * 1024;
/** What is kept for the next chunks when calls end together. */
const MAX_SPARE = 256;

/** Chunks of audio on their way to the disk, used again and again. */
export class ChunkPool {
  readonly #spare: Buffer[] = [];

  take(): Buffer {
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(CHUNK_BYTES);
  }

  giveBack(chunk: Buffer): void {
    if (this.#spare.length < MAX_SPARE) this.#spare.push(chunk);
  }
}
