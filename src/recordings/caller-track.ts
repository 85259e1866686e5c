import { BYTES_PER_MS } from '../../runtime/media/media-streams.ts';
import type { TrackFile } from './track-file.ts';

/** Frames may come so much late or early without being taken for anything but the network's jitter. */
export const TOLERANCE_MS = 120;
/** Frames that only came late come in a burst; who waits so long knows whether they did. */
export const SETTLE_MS = 1_000;
/** A burst that is larger is not waited for. */
const MAX_HELD_BYTES = 128 * 1024;

const TOLERANCE_BYTES = TOLERANCE_MS * BYTES_PER_MS;

/**
 * The caller's audio laid out by time. Frames that come late, in a burst, belong where they would have been; where none
 * came, there is silence. Which of the two a gap is, is only known a little later: until then what follows it is held back.
 */
export class CallerTrack {
  readonly #file: Pick<TrackFile, 'append' | 'silence'>;
  /** Where the next frame belongs, from the call's start. */
  #endBytes: number;
  #held: Buffer | null = null;
  #heldBytes = 0;
  /** The least that the held frames were late: what is left of it is no lateness. */
  #gapBytes = 0;
  #gapSinceMs = 0;

  constructor(file: Pick<TrackFile, 'append' | 'silence'>, fromByte = 0) {
    this.#file = file;
    this.#endBytes = fromByte;
  }

  /** `atMs` from the call's start: when the last sample of `audio` came. */
  write(audio: Uint8Array, atMs: number): void {
    const lateBytes = Math.round(atMs * BYTES_PER_MS) - (this.#endBytes + audio.length);
    if (lateBytes < -TOLERANCE_BYTES) return;

    if (!this.#isHolding && lateBytes > TOLERANCE_BYTES) {
      this.#held = Buffer.allocUnsafe(2 * SETTLE_MS * BYTES_PER_MS);
      this.#gapBytes = lateBytes;
      this.#gapSinceMs = atMs;
    }
    if (!this.#isHolding) this.#file.append(audio);
    else this.#hold(audio, lateBytes);
    this.#endBytes += audio.length;

    if (!this.#isHolding) return;
    if (this.#gapBytes <= TOLERANCE_BYTES) this.#release(0);
    else if (atMs - this.#gapSinceMs >= SETTLE_MS || this.#heldBytes > MAX_HELD_BYTES)
      this.#release(this.#gapBytes);
  }

  /** The call is over: the track is as long as it was. Returns its end, which frames that came early may have put off. */
  end(atMs: number): number {
    if (this.#isHolding) this.#release(this.#gapBytes);
    const missingBytes = Math.round(atMs * BYTES_PER_MS) - this.#endBytes;
    this.#file.silence(missingBytes);
    this.#endBytes += Math.max(0, missingBytes);
    return this.#endBytes / BYTES_PER_MS;
  }

  get #isHolding(): boolean {
    return this.#held !== null;
  }

  #hold(audio: Uint8Array, lateBytes: number): void {
    this.#gapBytes = Math.min(this.#gapBytes, lateBytes);
    let held = this.#held as Buffer;
    if (this.#heldBytes + audio.length > held.length) {
      held = Buffer.allocUnsafe(2 * (this.#heldBytes + audio.length));
      (this.#held as Buffer).copy(held, 0, 0, this.#heldBytes);
      this.#held = held;
    }
    held.set(audio, this.#heldBytes);
    this.#heldBytes += audio.length;
  }

  #release(silentBytes: number): void {
    this.#file.silence(silentBytes);
    this.#endBytes += silentBytes;
    this.#file.append(this.#held as Buffer, 0, this.#heldBytes);
    this.#held = null;
    this.#heldBytes = 0;
  }
}
