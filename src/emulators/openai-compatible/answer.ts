/** What a model says to one request. */
export interface Answer {
  /** Streamed word by word. Default `Hello there.`, or nothing beside tool calls. */
  text?: string;
  /** Signed reasoning before the text; OpenRouter alone sends it. */
  reasoning?: { text: string; signature: string };
  /** Their arguments come in pieces, those of several calls in turn. */
  toolCalls?: readonly { id: string; name: string; arguments: string }[];
  /** Default: the one asked for. */
  model?: string;
  /** Default `stop`, or `tool_calls`. */
  finishReason?: string;
  /** Of the prompt, read from the cache and written to it. OpenRouter alone tells of the latter. */
  cachedTokens?: number;
  cacheWriteTokens?: number;
  /** OpenRouter's comment lines before the first output. Default 1. */
  keepAlives?: number;
  /** Before the first output, and between two. Default 0. */
  firstOutputDelayMs?: number;
  betweenOutputsMs?: number;
  /** An answer with a status instead of a stream. */
  refuse?: Refusal;
  /** After that many outputs the model fails, as OpenRouter tells it in a stream. */
  failAfter?: { outputs: number; code: number | string; message: string };
  /** What the stream's end lacks. Default: nothing. */
  without?: 'done' | 'finishReason';
}

export interface Refusal {
  status: number;
  code: number | string;
  message: string;
  metadata?: Record<string, unknown>;
  headers?: Record<string, string>;
}

/** The deltas of an answer, one for each output. */
export function deltasOf(answer: Answer): Record<string, unknown>[] {
  const { reasoning, toolCalls = [] } = answer;
  const text = answer.text ?? (toolCalls.length > 0 ? '' : 'Hello there.');
  return [
    ...(reasoning ? reasoningDeltas(reasoning) : []),
    ...(text.match(/\s*\S+\s*$|\s*\S+/g) ?? []).map(content => ({ content })),
    ...toolCallDeltas(toolCalls),
  ];
}

function reasoningDeltas({ text, signature }: { text: string; signature: string }) {
  const detail = { type: 'reasoning.text', format: 'anthropic-claude-v1', index: 0 };
  return [
    { content: '', reasoning: text, reasoning_details: [{ ...detail, text }] },
    { content: '', reasoning: null, reasoning_details: [{ ...detail, signature }] },
  ];
}

function toolCallDeltas(calls: NonNullable<Answer['toolCalls']>): Record<string, unknown>[] {
  const opened = calls.map(({ id, name }, index) => ({
    tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }],
  }));
  const pieces = calls.map(call => call.arguments.match(/[\s\S]{1,7}/g) ?? []);
  const rounds = Math.max(0, ...pieces.map(parts => parts.length));
  const interleaved = Array.from({ length: rounds }, (_, round) =>
    pieces.flatMap((parts, index) =>
      parts[round] === undefined ? [] : [{ tool_calls: [{ index, function: { arguments: parts[round] } }] }],
    ),
  );
  return [...opened, ...interleaved.flat()];
}
