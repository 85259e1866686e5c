import type { LanguageModel, ModelEvent, Tool } from '../../runtime/ports.ts';

interface Kept {
  key: string;
  value: unknown;
}

/**
 * What models and tools have answered, so that a conversation can be gone through again without asking them: models would
 * answer something else, and tools may change the world.
 */
export class Memory {
  #kept: Kept[] = [];
  #unread: Kept[] = [];

  /** From now on what was answered is answered again, and what is not asked for again until `goOn` is forgotten. */
  rewind(): void {
    this.#unread = this.#kept;
    this.#kept = [];
  }

  goOn(): void {
    this.#unread = [];
  }

  /** Another that remembers the same. */
  copy(): Memory {
    const copy = new Memory();
    copy.#kept = [...this.#kept];
    return copy;
  }

  keep(key: string, value: unknown): void {
    this.#kept.push({ key, value });
  }

  take(key: string): { value: unknown } | null {
    const at = this.#unread.findIndex(each => each.key === key);
    if (at < 0) return null;
    const [known] = this.#unread.splice(at, 1) as [Kept];
    this.#kept.push(known);
    return known;
  }
}

export function rememberingModel(model: LanguageModel, memory: Memory): LanguageModel {
  return {
    name: model.name,
    async *reply(request, signal) {
      const key = JSON.stringify(request);
      const known = memory.take(key);
      if (known) {
        yield* known.value as ModelEvent[];
        return;
      }
      const events: ModelEvent[] = [];
      for await (const event of model.reply(request, signal)) {
        events.push(event);
        if (event.type === 'end') memory.keep(key, events);
        yield event;
      }
    },
  };
}

export function rememberingTool(tool: Tool, memory: Memory): Tool {
  return {
    ...tool,
    async run(input, context) {
      const key = JSON.stringify([tool.name, input]);
      const known = memory.take(key);
      if (known) return known.value as Record<string, unknown>;
      const result = await tool.run(input, context);
      memory.keep(key, result);
      return result;
    },
  };
}
