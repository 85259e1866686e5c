/**
 * The audio of one turn: what waits to be sent, and what was sent until the caller is known to have heard it. Positions are
 * bytes of the turn.
 */
export class TurnAudio {
  #chunks: Buffer[] = [];
  /** Position of the first chunk's first byte. */
  #fromByte = 0;
  /** The chunk that is sent next, and how much of it has been. */
  #next = 0;
  #offset = 0;
  #writtenBytes = 0;
  #sentBytes = 0;

  get sentBytes(): number {
    return this.#sentBytes;
  }

  get waitingBytes(): number {
    return this.#writtenBytes - this.#sentBytes;
  }

  /** Of what waits, the chunk that is first; only while something waits. */
  get chunk(): Buffer {
    return this.#chunks[this.#next] as Buffer;
  }

  /** Where in `chunk` the waiting audio begins. */
  get offset(): number {
    return this.#offset;
  }

  clear(): void {
    this.takeUp(0);
  }

  /** Goes on with a turn that was heard as far as `byte`; `unheard` was sent since then, `waiting` was not. */
  takeUp(byte: number, unheard?: Buffer, waiting?: Buffer): void {
    this.#chunks = [];
    this.#fromByte = byte;
    this.#next = 0;
    this.#offset = 0;
    this.#writtenBytes = byte;
    this.#sentBytes = byte;
    if (unheard && unheard.length > 0) {
      this.write(unheard);
      this.sent(unheard.length);
    }
    if (waiting && waiting.length > 0) this.write(waiting);
  }

  write(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#writtenBytes += chunk.length;
  }

  /** `bytes` of `chunk` have been sent. */
  sent(bytes: number): void {
    this.#sentBytes += bytes;
    this.#offset += bytes;
    if (this.#offset < this.chunk.length) return;
    this.#next++;
    this.#offset = 0;
  }

  /** The caller has heard the turn as far as `byte`. */
  heard(byte: number): void {
    let chunks = 0;
    while (chunks < this.#next && this.#fromByte + (this.#chunks[chunks] as Buffer).length <= byte)
      this.#fromByte += (this.#chunks[chunks++] as Buffer).length;
    if (chunks === 0) return;
    this.#chunks.splice(0, chunks);
    this.#next -= chunks;
  }

  /** What was sent from `byte` on is to be sent again. It must be there still. */
  rewind(byte: number): void {
    this.#sentBytes = byte;
    this.#next = 0;
    this.#offset = byte - this.#fromByte;
    while (this.#offset > 0 && this.#offset >= this.chunk.length)
      this.#offset -= (this.#chunks[this.#next++] as Buffer).length;
  }

  /** From `byte`, which must not have been heard, to the end. */
  slice(fromByte: number, toByte = this.#writtenBytes): Buffer {
    return Buffer.concat(this.#chunks).subarray(fromByte - this.#fromByte, toByte - this.#fromByte);
  }
}
