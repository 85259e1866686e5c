/** Recently spoken sentences, the least recently used going first when they outgrow `maxBytes`. */
export class SentenceCache {
  readonly #maxBytes: number;
  readonly #sentences = new Map<string, Uint8Array>();
  #sizeBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get(key: string): Uint8Array | undefined {
    const audio = this.#sentences.get(key);
    if (!audio) return undefined;

    this.#sentences.delete(key);
    this.#sentences.set(key, audio);
    return audio;
  }

  put(key: string, audio: Uint8Array): void {
    if (audio.length > this.#maxBytes) return;

    this.#remove(key);
    this.#sentences.set(key, audio);
    this.#sizeBytes += audio.length;
    for (const oldest of this.#sentences.keys()) {
      if (this.#sizeBytes <= this.#maxBytes) break;
      this.#remove(oldest);
    }
  }

  #remove(key: string): void {
    this.#sizeBytes -= this.#sentences.get(key)?.length ?? 0;
    this.#sentences.delete(key);
  }
}
