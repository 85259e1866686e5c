/**
 * Where a recogniser's audio lies in the call. A recogniser counts from 0, at the position where its audio began, and
 * counts the silence that was put in for it; the call does not.
 */
export class AudioMap {
  readonly #base: number;
  #pads: { at: number; bytes: number }[] = [];
  #given = 0;

  constructor(base: number) {
    this.#base = base;
  }

  /** Audio of the call was given. */
  give(bytes: number): void {
    this.#given += bytes;
  }

  /** Silence was put in. */
  pad(bytes: number): void {
    this.#pads.push({ at: this.#given, bytes });
    this.#given += bytes;
  }

  /** Position in the call of the recogniser's n-th byte. What lies in put-in silence is where that was put. */
  positionAt(byte: number): number {
    let put = 0;
    for (const { at, bytes } of this.#pads) {
      if (byte <= at) break;
      put += Math.min(bytes, byte - at);
    }
    return this.#base + byte - put;
  }
}
