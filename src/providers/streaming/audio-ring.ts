const FIRST_BYTES = 32 * 1_024;

/**
 * The latest audio by its position in the call, in bytes. Grows up to its limit; what does not fit any more is dropped
 * from the old end.
 */
export class AudioRing {
  readonly #maxBytes: number;
  #bytes: Uint8Array;
  #start = 0;
  #end = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#bytes = new Uint8Array(Math.min(FIRST_BYTES, maxBytes));
  }

  /** Position of the oldest byte. */
  get start(): number {
    return this.#start;
  }

  /** Position behind the newest byte. */
  get end(): number {
    return this.#end;
  }

  write(audio: Uint8Array): void {
    const kept = audio.length > this.#maxBytes ? audio.subarray(audio.length - this.#maxBytes) : audio;
    const end = this.#end + audio.length;
    this.#grow(end - this.#start);
    this.#start = Math.max(this.#start, end - this.#bytes.length);
    this.#put(end - kept.length, kept);
    this.#end = end;
  }

  /** Forgets what lies before `position`. */
  trim(position: number): void {
    this.#start = Math.min(this.#end, Math.max(this.#start, position));
  }

  /** A copy of what lies between two positions, as far as it is still there. */
  read(from: number, to: number): Uint8Array {
    const start = Math.max(from, this.#start);
    const end = Math.min(to, this.#end);
    const copy = new Uint8Array(Math.max(0, end - start));
    const size = this.#bytes.length;
    for (let at = 0; at < copy.length; ) {
      const offset = (start + at) % size;
      const piece = this.#bytes.subarray(offset, Math.min(size, offset + copy.length - at));
      copy.set(piece, at);
      at += piece.length;
    }
    return copy;
  }

  #grow(neededBytes: number): void {
    if (neededBytes <= this.#bytes.length || this.#bytes.length === this.#maxBytes) return;
    let size = this.#bytes.length;
    while (size < neededBytes && size < this.#maxBytes) size *= 2;
    const kept = this.read(this.#start, this.#end);
    this.#bytes = new Uint8Array(Math.min(size, this.#maxBytes));
    this.#put(this.#start, kept);
  }

  #put(position: number, audio: Uint8Array): void {
    const size = this.#bytes.length;
    const from = Math.max(0, audio.length - size);
    for (let at = from; at < audio.length; ) {
      const offset = (position + at) % size;
      const piece = audio.subarray(at, at + size - offset);
      this.#bytes.set(piece, offset);
      at += piece.length;
    }
  }
}
