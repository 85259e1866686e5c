import type { Clock } from '../clock.ts';

export interface PatienceOptions {
  clock: Clock;
  signal: AbortSignal;
  /** Who is waited for. */
  name: string;
  /** How long the next event may take, in milliseconds; asked anew for each. */
  limitMs(): number;
  /** Hears when a wait begins. */
  waits(sinceMs: number): void;
  /** Hears when it is over. */
  came(sinceMs: number): void;
}

/** Passes a provider's events on, and bounds the wait for each. An aborted signal ends it without an error. */
export async function* withPatience<T>(
  events: AsyncIterable<T>,
  options: PatienceOptions,
): AsyncGenerator<T> {
  const iterator = events[Symbol.asyncIterator]();
  // Whoever is not wanted any more is not asked, for nobody would hear of it that they failed.
  while (!options.signal.aborted) {
    const askedMs = options.clock.now();
    options.waits(askedMs);
    const result = await withinLimit(iterator.next(), options);
    options.came(askedMs);
    if (result === 'aborted' || result.done) return;
    yield result.value;
  }
}

async function withinLimit<T>(
  next: Promise<T>,
  { clock, signal, name, limitMs }: PatienceOptions,
): Promise<T | 'aborted'> {
  return new Promise((resolve, reject) => {
    const onAbort = () => settle(() => resolve('aborted'));
    const ms = limitMs();
    const timer = clock.setTimeout(
      () => settle(() => reject(new Error(`${name} said nothing for ${ms} ms.`))),
      ms,
    );
    const settle = (done: () => void) => {
      clock.clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      done();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    next.then(
      value => settle(() => resolve(value)),
      error => settle(() => (signal.aborted ? resolve('aborted') : reject(error))),
    );
  });
}
