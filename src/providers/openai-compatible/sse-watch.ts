/** Longer than the marks that are looked for. */
const HEAD_CHARACTERS = 16;

/** Sees on the wire what the SDK keeps to itself: keep-alive comments, and whether `[DONE]` came. */
export class SseWatch {
  /** Lines such as `: OPENROUTER PROCESSING`: the request is connected and waits. */
  keepAlives = 0;
  /** Without it the stream was cut, even where the SDK ends without an error. */
  done = false;
  #head = '';

  /** The same response, watched as it is read. */
  over(response: Response): Response {
    const watched = response.body?.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform: (chunk, controller) => {
          this.#read(chunk);
          controller.enqueue(chunk);
        },
        flush: () => this.#lineEnded(),
      }),
    );
    return new Response(watched ?? null, { status: response.status, headers: response.headers });
  }

  #read(chunk: Uint8Array): void {
    // The marks are ASCII, and no byte of a longer UTF-8 character looks like one.
    const [rest = '', ...lines] = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      .toString('latin1')
      .split('\n');
    this.#append(rest);
    for (const line of lines) {
      this.#lineEnded();
      this.#append(line);
    }
  }

  #append(text: string): void {
    if (this.#head.length < HEAD_CHARACTERS) this.#head = (this.#head + text).slice(0, HEAD_CHARACTERS);
  }

  #lineEnded(): void {
    if (this.#head.startsWith(':')) this.keepAlives++;
    if (/^data: ?\[DONE\]/.test(this.#head)) this.done = true;
    this.#head = '';
  }
}
