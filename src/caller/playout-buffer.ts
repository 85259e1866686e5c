import { BYTES_PER_SECOND, FRAME_BYTES } from '../../runtime/media/media-streams.ts';

/** What Twilio keeps for playing: ten minutes; more is thrown away with warning 31931. */
export const PLAYOUT_LIMIT_BYTES = 10 * 60 * BYTES_PER_SECOND;

interface Mark {
  name: string;
  /** The mark is due once this many bytes have been heard. */
  atBytes: number;
}

/**
 * The carrier's playout of one stream, in bytes since its start: received ≥ taken ≥ heard. A frame that is taken is
 * being played and has been heard at the next one. The audio itself is kept only on demand; the bookkeeping is
 * arithmetic.
 */
export class PlayoutBuffer {
  readonly #keepsAudio: boolean;
  #receivedBytes = 0;
  #takenBytes = 0;
  #heardBytes = 0;
  #marks: Mark[] = [];
  #audio: Uint8Array[] = [];
  /** How much of the first piece of audio has been taken. */
  #offset = 0;

  constructor(options: { keepsAudio: boolean }) {
    this.#keepsAudio = options.keepsAudio;
  }

  /** Not yet heard. */
  get bufferedBytes(): number {
    return this.#receivedBytes - this.#heardBytes;
  }

  get outstandingMarks(): number {
    return this.#marks.length;
  }

  /** Queues audio; false when it does not fit any more. `audio` is null where only its length matters. */
  push(sizeBytes: number, audio: Uint8Array | null): boolean {
    if (this.bufferedBytes + sizeBytes > PLAYOUT_LIMIT_BYTES) return false;

    this.#receivedBytes += sizeBytes;
    if (this.#keepsAudio && audio) this.#audio.push(audio);
    return true;
  }

  /** Queues a mark behind everything received so far. */
  mark(name: string): void {
    this.#marks.push({ name, atBytes: this.#receivedBytes });
  }

  /** The next mark that is due, or null. Ask until null. */
  takeDueMark(): string | null {
    const first = this.#marks[0];
    if (!first || first.atBytes > this.#heardBytes) return null;

    this.#marks.shift();
    return first.name;
  }

  /** Forgets what was not heard, so that every mark is due. Returns how much that was. */
  clear(): number {
    const discardedBytes = this.bufferedBytes;
    this.#takenBytes = this.#receivedBytes;
    this.#heardBytes = this.#receivedBytes;
    this.#audio = [];
    this.#offset = 0;
    return discardedBytes;
  }

  /**
   * One frame later: what was taken last has been heard, and the next frame is taken into `frame`. Returns how many
   * bytes of audio it has, 0 … 160.
   */
  playFrame(frame: Uint8Array): number {
    this.#heardBytes = this.#takenBytes;
    const sizeBytes = Math.min(FRAME_BYTES, this.#receivedBytes - this.#takenBytes);
    this.#takenBytes += sizeBytes;
    if (this.#keepsAudio) this.#copy(frame, sizeBytes);
    return sizeBytes;
  }

  #copy(frame: Uint8Array, sizeBytes: number): void {
    let copied = 0;
    while (copied < sizeBytes) {
      const piece = this.#audio[0]!;
      const end = Math.min(piece.length, this.#offset + sizeBytes - copied);
      frame.set(piece.subarray(this.#offset, end), copied);
      copied += end - this.#offset;
      this.#offset = end;
      if (end < piece.length) continue;

      this.#audio.shift();
      this.#offset = 0;
    }
  }
}
