/** How much more than the limit is read and thrown away before the connection is cut. */
const SWALLOWED_BYTES = 4 * 1024 * 1024;

/**
 * A request's body as it arrives, up to a limit. What comes after the limit is swallowed for a while: a peer that is
 * still sending would see a reset connection instead of our 413.
 */
export class RequestBody {
  readonly #maxBytes: number;
  readonly #chunks: Buffer[] = [];
  #sizeBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get isTooLarge(): boolean {
    return this.#sizeBytes > this.#maxBytes;
  }

  /** Too large by so much that reading on is pointless. */
  get isHopeless(): boolean {
    return this.#sizeBytes > this.#maxBytes + SWALLOWED_BYTES;
  }

  /** Copies the chunk. */
  add(chunk: Uint8Array): void {
    this.#sizeBytes += chunk.byteLength;
    if (this.isTooLarge) this.#chunks.length = 0;
    else this.#chunks.push(Buffer.from(chunk));
  }

  whole(): Buffer {
    return this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
  }
}
