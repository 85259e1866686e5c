import type { ChatTool, ChatToolCall } from '../../language/chat.ts';
import type { ToolCallDelta } from './chunk.ts';

interface Piecemeal {
  index: number;
  id: string;
  name: string;
  json: string;
}

/** Says what is wrong with a call; the caller's words, which its arguments may hold, are left out. */
export class ToolCallError extends Error {}

/** Puts tool calls together from their pieces, several at a time. */
export class ToolCalls {
  readonly #tools: readonly ChatTool[];
  readonly #calls: Piecemeal[] = [];

  constructor(tools: readonly ChatTool[]) {
    this.#tools = tools;
  }

  get started(): boolean {
    return this.#calls.length > 0;
  }

  add(delta: ToolCallDelta): void {
    const call = this.#continuedBy(delta) ?? this.#begin(delta);
    if (delta.id) call.id = delta.id;
    if (delta.function?.name && !call.name) call.name = delta.function.name;
    call.json += delta.function?.arguments ?? '';
  }

  /** All calls, whole. Throws a ToolCallError when one cannot be run. */
  finish(): ChatToolCall[] {
    const calls = this.#calls.map(call => ({
      id: call.id,
      name: this.#known(call),
      input: parseInput(call),
    }));
    if (new Set(calls.map(call => call.id)).size < calls.length)
      throw new ToolCallError('two tool calls have the same id');
    return calls;
  }

  /** Servers that leave the index out send each call in one run of pieces; others reuse an index with a new id. */
  #continuedBy({ index, id }: ToolCallDelta): Piecemeal | undefined {
    const call =
      index === undefined ? this.#calls.at(-1) : this.#calls.findLast(candidate => candidate.index === index);
    return id && call?.id && call.id !== id ? this.#calls.find(candidate => candidate.id === id) : call;
  }

  #begin({ index, id }: ToolCallDelta): Piecemeal {
    const call = { index: index ?? this.#calls.length, id: id ?? '', name: '', json: '' };
    this.#calls.push(call);
    return call;
  }

  #known({ id, name }: Piecemeal): string {
    if (!id) throw new ToolCallError('a tool call has no id');
    if (!this.#tools.some(tool => tool.name === name))
      throw new ToolCallError('a tool call names a tool that was not offered');
    return name;
  }
}

function parseInput({ name, json }: Piecemeal): Record<string, unknown> {
  // A tool without parameters is often called with nothing at all.
  if (json.trim() === '') return {};
  const input = parse(json);
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    throw new ToolCallError(`the input of the tool call ${name} is not a JSON object`);
  return input as Record<string, unknown>;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
