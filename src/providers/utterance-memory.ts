/** Audio from before a voice is noticed, in which its first word may have begun. */
const PRE_ROLL_BYTES = 4_000;
/** Longer speech is forgotten from its beginning: 15 s. */
const MAX_BYTES = 120_000;

/** The caller's audio since somebody began to speak, until its words are known. */
export class UtteranceMemory {
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  #isKept = false;

  write(audio: Uint8Array): void {
    this.#pieces.push(audio.slice());
    this.#bytes += audio.length;
    const limit = this.#isKept ? MAX_BYTES : PRE_ROLL_BYTES;
    while (this.#bytes > limit) this.#bytes -= this.#pieces.shift()?.length ?? this.#bytes;
  }

  /** A voice is there. */
  keep(): void {
    this.#isKept = true;
  }

  /** Its words are known. */
  forget(): void {
    this.#isKept = false;
    this.#pieces = [];
    this.#bytes = 0;
  }

  /** The utterance so far, which is then forgotten; null where nobody has spoken. */
  take(): Uint8Array[] | null {
    const taken = this.#isKept ? this.#pieces : null;
    this.forget();
    return taken;
  }
}
