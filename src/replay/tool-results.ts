import { type CallEvent, type ToolResult, toFlowEvent } from '../../machines/call-events.ts';
import type { FlowEvent } from '../../machines/flow.ts';
import type { LogEntry } from '../../runtime/journal.ts';

/** A tool with what it was asked. */
export interface ToolRequest {
  name: string;
  input: Readonly<Record<string, unknown>>;
}

/** What the tools answered in one call, by what they were asked. */
export class RecordedTools {
  readonly #requests = new Map<string, ToolRequest>();
  readonly #results = new Map<string, FlowEvent[]>();
  readonly #asked = new Set<string>();

  static of(entries: Iterable<LogEntry>): RecordedTools {
    const tools = new RecordedTools();
    for (const entry of entries) if (entry.kind === 'event') tools.note(entry.event);
    return tools;
  }

  note(event: CallEvent): void {
    if (event.type === 'reply.requestedTools') for (const call of event.calls) this.#ask(call);
    if (event.type === 'tools.finished') for (const result of event.results) this.#answer(result);
  }

  /** The request that a result of this id was for. */
  request(id: string): ToolRequest | null {
    return this.#requests.get(id) ?? null;
  }

  /** The results for such a request, in the order in which they came. */
  results(request: ToolRequest): readonly FlowEvent[] {
    return this.#results.get(keyOf(request)) ?? [];
  }

  /** The tool was asked this, whether or not an answer came. */
  wasAsked(request: ToolRequest): boolean {
    return this.#asked.has(keyOf(request));
  }

  #ask({ id, name, input }: { id: string } & ToolRequest): void {
    this.#requests.set(id, { name, input });
    this.#asked.add(keyOf({ name, input }));
  }

  #answer(result: ToolResult): void {
    const request = this.#requests.get(result.id);
    if (!request) return;
    const key = keyOf(request);
    this.#results.set(key, [...(this.#results.get(key) ?? []), toFlowEvent(result)]);
  }
}

function keyOf({ name, input }: ToolRequest): string {
  const fields = Object.entries(input).sort(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify([name, fields]);
}
