import { ProviderError } from '../../runtime/provider-error.ts';
import type { Watched } from './breakers.ts';
import type { ChatEvent, ChatProvider, ChatRequest } from './chat.ts';
import type { Step } from './next-rung.ts';
import type { Rung } from './rung.ts';

/** One request under way. It runs by itself; its events wait until somebody takes them, so that two can be raced. */
export class Attempt {
  readonly rung: Rung;
  readonly repaired: boolean;
  readonly again: boolean;
  /** Settles with the first event, or with the failure that came before any. Never rejects. */
  readonly first: Promise<'begun' | ProviderError>;
  readonly #abort = new AbortController();
  readonly #watched: Watched;
  readonly #events: ChatEvent[] = [];
  #failure: ProviderError | null = null;
  #done = false;
  #wake: () => void = () => {};
  #begin: (outcome: 'begun' | ProviderError) => void = () => {};

  constructor(
    { rung, repaired, again }: Pick<Step, 'rung' | 'repaired' | 'again'>,
    provider: ChatProvider,
    request: ChatRequest,
    watched: Watched,
  ) {
    this.rung = rung;
    this.repaired = repaired;
    this.again = again;
    this.#watched = watched;
    this.first = new Promise(resolve => {
      this.#begin = resolve;
    });
    void this.#run(provider, request);
  }

  /** The events, from the first. Throws the ProviderError that ended the stream. */
  async *events(): AsyncGenerator<ChatEvent> {
    for (;;) {
      const event = this.#events.shift();
      if (event) yield event;
      else if (this.#failure) throw this.#failure;
      else if (this.#done) return;
      else
        await new Promise<void>(resolve => {
          this.#wake = resolve;
        });
    }
  }

  /** Takes the request back. What it has brought is forgotten. */
  cancel(): void {
    if (!this.#done) this.#watched.withdrawn();
    this.#done = true;
    this.#events.length = 0;
    this.#abort.abort();
    this.#wake();
  }

  async #run(provider: ChatProvider, request: ChatRequest): Promise<void> {
    try {
      let isWhole = false;
      for await (const event of provider.stream(request, this.#abort.signal)) {
        if (this.#done) return;
        isWhole = event.type === 'stop';
        this.#events.push(event);
        this.#begin('begun');
        this.#wake();
      }
      if (this.#done) return;
      if (!isWhole) throw new ProviderError('broken', 'the stream ended early', this.rung);
      this.#watched.succeeded();
    } catch (error) {
      if (this.#done) return;
      this.#failure = toProviderError(error, this.rung);
      this.#watched.failed(this.#failure);
      this.#begin(this.#failure);
    }
    this.#done = true;
    this.#wake();
  }
}

function toProviderError(error: unknown, rung: Rung): ProviderError {
  if (error instanceof ProviderError) return error;
  return new ProviderError('unknown', 'failed unexpectedly', { ...rung, cause: error });
}
