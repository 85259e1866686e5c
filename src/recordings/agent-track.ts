import { BYTES_PER_MS } from '../../runtime/media/media-streams.ts';
import type { TrackFile } from './track-file.ts';

/** The carrier is given less than this ahead of its playing. */
const FIRST_HELD_BYTES = 8 * 1024;
/** Playing times are sums of fractions: one sample is no silence between two frames. */
const ROUNDING_BYTES = 1;

/**
 * What the caller heard of the agent, laid out by when it was played. What has not been played yet is held back, because
 * a `clear` may still take it away.
 */
export class AgentTrack {
  readonly #file: Pick<TrackFile, 'append' | 'silence'>;
  #held = Buffer.allocUnsafe(FIRST_HELD_BYTES);
  /** Where in the track the held audio begins and ends. */
  #fromBytes: number;
  #endBytes: number;

  constructor(file: Pick<TrackFile, 'append' | 'silence'>, fromByte = 0) {
    this.#file = file;
    this.#fromBytes = fromByte;
    this.#endBytes = fromByte;
  }

  /** At `nowMs` it is known that bytes `from` to `to` of `audio` are played from `playsAtMs` on. From the call's start. */
  write(audio: Uint8Array, from: number, to: number, playsAtMs: number, nowMs: number): void {
    const silentBytes = Math.round(playsAtMs * BYTES_PER_MS) - this.#endBytes;
    if (silentBytes > ROUNDING_BYTES) this.#endWithSilence(silentBytes);

    const bytes = to - from;
    if (this.#heldBytes + bytes > this.#held.length) this.#settle(nowMs * BYTES_PER_MS);
    if (this.#heldBytes + bytes > this.#held.length) this.#grow(bytes);
    let at = this.#heldBytes;
    for (let i = from; i < to; i++) this.#held[at++] = audio[i]!;
    this.#endBytes += bytes;
  }

  /** What would have been played later never is. */
  silence(atMs: number): void {
    const atBytes = Math.round(atMs * BYTES_PER_MS);
    this.#endBytes = Math.max(this.#fromBytes, Math.min(this.#endBytes, atBytes));
  }

  /** Hands all to the file that has been played by now. */
  settle(nowMs: number): void {
    const nowBytes = Math.round(nowMs * BYTES_PER_MS);
    if (this.#endBytes < nowBytes) this.#endWithSilence(nowBytes - this.#endBytes);
    else this.#settle(nowBytes);
  }

  /** The call is over; the track is made as long as the other one, which ends at `toMs`. */
  end(atMs: number, toMs = atMs): void {
    this.silence(atMs);
    this.settle(toMs);
  }

  get #heldBytes(): number {
    return this.#endBytes - this.#fromBytes;
  }

  #endWithSilence(bytes: number): void {
    this.#settle(this.#endBytes);
    this.#file.silence(bytes);
    this.#endBytes += bytes;
    this.#fromBytes = this.#endBytes;
  }

  #settle(toBytes: number): void {
    const bytes = Math.min(this.#heldBytes, Math.floor(toBytes) - this.#fromBytes);
    if (bytes <= 0) return;
    this.#file.append(this.#held, 0, bytes);
    this.#held.copyWithin(0, bytes, this.#heldBytes);
    this.#fromBytes += bytes;
  }

  #grow(bytes: number): void {
    const larger = Buffer.allocUnsafe(2 * (this.#heldBytes + bytes));
    this.#held.copy(larger, 0, 0, this.#heldBytes);
    this.#held = larger;
  }
}
