/** Memory for the audio of several calls on its way to the worker thread: one ring for each slot. */
export interface RingBlock {
  readonly memory: SharedArrayBuffer;
  readonly slots: number;
  /** Of one ring; a power of two, so that positions may wrap round at 2^32. */
  readonly capacityBytes: number;
}

// Words of a slot's header, which has a cache line to itself. Positions count bytes since the slot's first call,
// modulo 2^32. The worker writes JUDGED; the media thread writes the others.
const TICKET = 0;
const START = 1;
const WRITTEN = 2;
const JUDGED = 3;
const SPEAKING = 4;
const HEADER_BYTES = 64;

/** What the writer may overwrite before it says so. The reader keeps this far from the end of the ring. */
const MAX_STEP_BYTES = 512;

/** Rings that hold at least `backlogMs` of audio each. */
export function createRingBlock(slots: number, backlogMs: number): RingBlock {
  const neededBytes = backlogMs * 8 + MAX_STEP_BYTES;
  const capacityBytes = 2 ** Math.ceil(Math.log2(neededBytes));
  const memory = new SharedArrayBuffer(slots * (HEADER_BYTES + capacityBytes));

  return { memory, slots, capacityBytes };
}

function headerOf({ memory, slots }: RingBlock, slot: number): Int32Array {
  if (slot >= slots) throw new RangeError(`Slot ${slot} does not exist: the block has ${slots}.`);
  return new Int32Array(memory, slot * HEADER_BYTES, HEADER_BYTES / 4);
}

function bytesOf({ memory, slots, capacityBytes }: RingBlock, slot: number): Uint8Array {
  return new Uint8Array(memory, slots * HEADER_BYTES + slot * capacityBytes, capacityBytes);
}

/** The media thread's end of a slot. Never waits, whatever the reader does. */
export class RingWriter {
  readonly #header: Int32Array;
  readonly #bytes: Uint8Array;

  constructor(block: RingBlock, slot: number) {
    this.#header = headerOf(block, slot);
    this.#bytes = bytesOf(block, slot);
  }

  /** Gives the slot to a call. The ticket is not zero and differs from those of earlier calls. */
  open(ticket: number): void {
    Atomics.store(this.#header, START, Atomics.load(this.#header, WRITTEN));
    Atomics.store(this.#header, SPEAKING, 0);
    Atomics.store(this.#header, TICKET, ticket);
  }

  close(): void {
    Atomics.store(this.#header, TICKET, 0);
  }

  /** What the call was last told, for a reader that takes over. */
  noteSpeaking(speaking: boolean): void {
    Atomics.store(this.#header, SPEAKING, speaking ? 1 : 0);
  }

  write(audio: Uint8Array): void {
    if (audio.length <= MAX_STEP_BYTES) {
      this.#step(audio);
      return;
    }

    for (let at = 0; at < audio.length; at += MAX_STEP_BYTES)
      this.#step(audio.subarray(at, at + MAX_STEP_BYTES));
  }

  get unreadBytes(): number {
    return (Atomics.load(this.#header, WRITTEN) - Atomics.load(this.#header, JUDGED)) >>> 0;
  }

  #step(audio: Uint8Array): void {
    const bytes = this.#bytes;
    const mask = bytes.length - 1;
    const written = Atomics.load(this.#header, WRITTEN);
    const offset = written & mask;

    if (offset + audio.length <= bytes.length) bytes.set(audio, offset);
    else for (let i = 0; i < audio.length; i++) bytes[(written + i) & mask] = audio[i]!;
    Atomics.store(this.#header, WRITTEN, written + audio.length);
  }
}

/** The worker's end of a slot. */
export class RingReader {
  readonly #header: Int32Array;
  readonly #bytes: Uint8Array;
  #ticket = 0;
  #position = 0;

  constructor(block: RingBlock, slot: number) {
    this.#header = headerOf(block, slot);
    this.#bytes = bytesOf(block, slot);
  }

  /** The call that this reader reads; 0 for none. */
  get ticket(): number {
    return this.#ticket;
  }

  /** Turns to the call that holds the slot now. True when it is another one. */
  follow(): boolean {
    if (!this.#isStale) return false;

    this.#ticket = Atomics.load(this.#header, TICKET);
    // The later of the call's beginning and the place that a worker before this one reached.
    const written = Atomics.load(this.#header, WRITTEN);
    const sinceStart = (written - Atomics.load(this.#header, START)) >>> 0;
    const sinceJudged = (written - Atomics.load(this.#header, JUDGED)) >>> 0;
    this.#moveTo(written - Math.min(sinceStart, sinceJudged));
    return true;
  }

  /** What the call was told last. */
  get speaking(): boolean {
    return Atomics.load(this.#header, SPEAKING) === 1;
  }

  /** The call's audio before the reader's place. */
  get heardBytes(): number {
    return (this.#position - Atomics.load(this.#header, START)) >>> 0;
  }

  /**
   * Copies the oldest unread audio into `out`, once there is enough to fill it, without moving on. After an overflow
   * there is nothing to copy: the reader stands before the newest audio, and what was lost counts as heard.
   */
  peek(out: Uint8Array): 'filled' | 'short' | 'overflow' {
    if (this.#ticket === 0 || this.#backlogBytes() < out.length) return 'short';

    const mask = this.#bytes.length - 1;
    for (let i = 0; i < out.length; i++) out[i] = this.#bytes[(this.#position + i) & mask]!;

    // Asked after the copy: the writer may have come round meanwhile, or the slot gone to another call.
    const written = Atomics.load(this.#header, WRITTEN);
    if (this.#isStale) return 'short';
    if ((written - this.#position) >>> 0 <= this.#bytes.length - MAX_STEP_BYTES) return 'filled';

    this.#moveTo(written - out.length);
    return 'overflow';
  }

  /** Moves on by what has been dealt with. */
  advance(sizeBytes: number): void {
    this.#moveTo(this.#position + sizeBytes);
  }

  /** The slot has changed hands since `follow`. */
  get #isStale(): boolean {
    return Atomics.load(this.#header, TICKET) !== this.#ticket;
  }

  #backlogBytes(): number {
    return (Atomics.load(this.#header, WRITTEN) - this.#position) >>> 0;
  }

  #moveTo(position: number): void {
    this.#position = position | 0;
    Atomics.store(this.#header, JUDGED, this.#position);
  }
}
