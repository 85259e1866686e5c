import type { LanguageModel, ModelEvent, Tool } from '../../runtime/ports.ts';

/**
 * Counts what is being waited for outside the simulation: a hosted model, a tool with a network behind it. While
 * anything is, simulated time passes as real time does; else it jumps.
 */
export class Outside {
  #waits = 0;
  #change: (() => void)[] = [];

  get isAwaited(): boolean {
    return this.#waits > 0;
  }

  /** Resolves when one of the things waited for has come. */
  changed(): Promise<void> {
    return new Promise(resolve => this.#change.push(resolve));
  }

  /** Waits for `coming`, or until nobody wants it any more. */
  async wait<T>(coming: Promise<T>, signal: AbortSignal): Promise<T> {
    this.#waits++;
    let isOver = false;
    const over = () => {
      if (isOver) return;
      isOver = true;
      this.#waits--;
      signal.removeEventListener('abort', over);
      for (const resolve of this.#change.splice(0)) resolve();
    };
    if (signal.aborted) over();
    else signal.addEventListener('abort', over, { once: true });
    return coming.finally(over);
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

export function outsideTool(tool: Tool, outside: Outside): Tool {
  return { ...tool, run: (input, context) => outside.wait(tool.run(input, context), context.signal) };
}
