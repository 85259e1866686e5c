import { eventFrame } from './frames.ts';

/** A piece of a reply. Text as one string comes word by word; as a list, piece by piece. */
export type ReplyPart =
  | { text: string | readonly string[] }
  | { reasoning: string; signature: string }
  /** Base64. */
  | { redacted: string }
  /** `input` as text is sent as it is, readable or not. */
  | { tool: string; id: string; input: Record<string, unknown> | string };

/** How a stream ends before its time, once `afterEvents` events (messageStart is the first) have come through. */
export type StreamFailure = { afterEvents: number } & (
  | { kind: 'exception'; type: string; message: string }
  | { kind: 'error'; code: string; message: string }
  | { kind: 'halfFrame' }
  /** The answer ends as if it were whole. */
  | { kind: 'end' }
);

export interface ScriptedReply {
  parts: readonly ReplyPart[];
  /** Default: `tool_use` with a tool, else `end_turn`. */
  stopReason?: string;
  /** Default: counted in words, those that a cache point put into the cache or found there apart. */
  usage?: BedrockUsage;
  /** Before the first output, in ms. Default 0. */
  firstTokenMs?: number;
  /** Before each further output, in ms. Default 0. */
  tokenMs?: number;
  failure?: StreamFailure;
}

/** An answer of HTTP instead of a stream. */
export interface ScriptedRefusal {
  status: number;
  /** As `ModelNotReadyException`. Null: a proxy's own page, without the service's header. */
  errorType: string | null;
  message: string;
  headers?: Readonly<Record<string, string>>;
}

export interface BedrockUsage {
  inputTokens: number;
  outputTokens: number;
  cacheReadInputTokens?: number;
  cacheWriteInputTokens?: number;
}

export interface Step {
  frame: Uint8Array;
  delayMs: number;
}

type Event = [type: string, body: Record<string, unknown>];

const PIECE_CHARS = 7;

/** The whole reply, event by event, as ConverseStream orders them. */
export function toSteps(reply: ScriptedReply, input: Omit<BedrockUsage, 'outputTokens'>): Step[] {
  const outputs = reply.parts.flatMap((part, index) => blockEvents(part, index));
  const outputTokens = outputs.filter(([type]) => type === 'contentBlockDelta').length;
  const usage = reply.usage ?? { ...input, outputTokens };
  const { inputTokens, cacheReadInputTokens = 0, cacheWriteInputTokens = 0 } = usage;
  const cacheDetails =
    cacheWriteInputTokens > 0 ? { cacheDetails: [{ ttl: '5m', inputTokens: cacheWriteInputTokens }] } : {};
  const totalTokens = inputTokens + cacheReadInputTokens + cacheWriteInputTokens + usage.outputTokens;
  const hasTool = reply.parts.some(part => 'tool' in part);
  const events: Event[] = [
    ['messageStart', { role: 'assistant' }],
    ...outputs,
    ['messageStop', { stopReason: reply.stopReason ?? (hasTool ? 'tool_use' : 'end_turn') }],
    ['metadata', { usage: { ...usage, ...cacheDetails, totalTokens }, metrics: { latencyMs: 0 } }],
  ];
  let first = true;
  return events.map(([type, body], number) => {
    const isDelta = type === 'contentBlockDelta';
    const delayMs = isDelta ? ((first ? reply.firstTokenMs : reply.tokenMs) ?? 0) : 0;
    if (isDelta) first = false;
    return { frame: eventFrame(type, body, number), delayMs };
  });
}

/** Only a tool's block is announced by a start event. */
function blockEvents(part: ReplyPart, contentBlockIndex: number): Event[] {
  const delta = (body: unknown): Event => ['contentBlockDelta', { contentBlockIndex, delta: body }];
  const stop: Event = ['contentBlockStop', { contentBlockIndex }];

  if ('text' in part) return [...tokensOf(part.text).map(text => delta({ text })), stop];
  if ('redacted' in part) return [delta({ reasoningContent: { redactedContent: part.redacted } }), stop];
  if ('reasoning' in part) {
    const texts = tokensOf(part.reasoning).map(text => delta({ reasoningContent: { text } }));
    return [...texts, delta({ reasoningContent: { signature: part.signature } }), stop];
  }
  const toolUse = { toolUseId: part.id, name: part.tool };
  const json = typeof part.input === 'string' ? part.input : JSON.stringify(part.input);
  return [
    ['contentBlockStart', { contentBlockIndex, start: { toolUse } }],
    // The first piece is often empty.
    ...['', ...piecesOf(json)].map(input => delta({ toolUse: { input } })),
    stop,
  ];
}

function tokensOf(text: string | readonly string[]): readonly string[] {
  return typeof text === 'string' ? (text.match(/\s*\S+|\s+$/g) ?? []) : text;
}

function piecesOf(json: string): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < json.length; at += PIECE_CHARS) pieces.push(json.slice(at, at + PIECE_CHARS));
  return pieces;
}
