import { systemClock } from '../../runtime/clock.ts';
import type { LanguageModel, ModelEvent } from '../../runtime/ports.ts';

/**
 * What is waited for outside the simulation, as a hosted model. While anything is, simulated time passes as real time
 * does; else it jumps. What has come is kept back until the clock shows when it came.
 */
export class Outside {
  #waits = 0;
  /** Until when the real time that passed has been taken. */
  #takenMs = 0;
  #arrived: (() => void)[] = [];
  #onArrival: (() => void)[] = [];

  get isAwaited(): boolean {
    return this.#waits > 0;
  }

  /** Milliseconds of real time that passed in waiting and have not been taken yet; takes `mostMs` of them. */
  takeElapsedMs(mostMs: number): number {
    const elapsedMs = Math.min(mostMs, systemClock.now() - this.#takenMs);
    this.#takenMs += elapsedMs;
    return elapsedMs;
  }

  /** Resolves when one of the things waited for has come, or is wanted no more. */
  arrival(): Promise<void> {
    if (this.#arrived.length > 0) return Promise.resolve();
    return new Promise(resolve => this.#onArrival.push(resolve));
  }

  /** Hands out what has come. */
  release(): void {
    for (const resolve of this.#arrived.splice(0)) resolve();
  }

  /** Waits for `coming`; not for its place in time once nobody wants it any more. */
  async wait<T>(coming: Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.#waits++ === 0) this.#takenMs = systemClock.now();
    let isOver = false;
    const over = () => {
      if (!isOver) this.#waits--;
      isOver = true;
      this.#tell();
    };
    signal.addEventListener('abort', over, { once: true });
    try {
      return await coming;
    } finally {
      if (!signal.aborted) await this.#kept();
      signal.removeEventListener('abort', over);
      over();
    }
  }

  #kept(): Promise<void> {
    return new Promise(resolve => {
      this.#arrived.push(resolve);
      this.#tell();
    });
  }

  #tell(): void {
    for (const resolve of this.#onArrival.splice(0)) resolve();
  }
}

export function outsideModel(model: LanguageModel, outside: Outside): LanguageModel {
  return {
    name: model.name,
    async *reply(request, signal): AsyncGenerator<ModelEvent> {
      const events = model.reply(request, signal)[Symbol.asyncIterator]();
      for (;;) {
        const next = await outside.wait(events.next(), signal);
        if (next.done) return;
        yield next.value;
      }
    },
  };
}
