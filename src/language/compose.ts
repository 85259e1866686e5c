import type { ModelRequest } from '../../runtime/ports.ts';
import { type CatalogueModel, catalogue, findModel } from './catalogue.ts';
import type { ChatRequest, ChatTool } from './chat.ts';
import { type CompactionSettings, compact, defaultCompaction } from './compaction.ts';
import { flowTools, type ToolSpec } from './flow-tools.ts';
import { changingPrompt } from './prompts/changing-prompt.ts';
import { chatMessages } from './prompts/messages.ts';
import { type Persona, stablePrompt } from './prompts/stable-prompt.ts';
import type { Rung } from './rung.ts';
import { estimateTokens } from './tokens.ts';

export interface ComposeOptions {
  persona: Persona;
  /** Tools of the house that flows may name in `meta.tools`. */
  tools: ReadonlyMap<string, ToolSpec>;
  /** Default: the catalogue. */
  models?: readonly CatalogueModel[];
  compaction?: CompactionSettings;
  /** Longest spoken reply. Default 200 tokens. */
  maxReplyTokens?: number;
  /** Where the model allows one. Default 0.3. */
  temperature?: number;
}

export type Compose = (
  request: ModelRequest,
  rung: Rung,
  about: { repaired: boolean; spoken: string },
) => ChatRequest;

const MAX_REPLY_TOKENS = 200;
const TEMPERATURE = 0.3;
/** Adaptive thinking is taken from the reply's tokens, so it gets room beside it. */
const THINKING_ROOM_TOKENS = { low: 1_500, medium: 4_000, high: 8_000 };
/** A refused request is repaired to the least that makes sense. */
const REPAIRED: CompactionSettings = { budgetTokens: 600, keepMessages: 4 };

/** Late by so much, an answer is given up; within bounds that a caller bears. */
const LATE_FACTOR = 3;
const FIRST_TOKEN_TIMEOUT_MS = { least: 2_500, most: 6_000 };
/** Once it has begun, less than before: the caller waits in mid-reply. One that thinks may pause for longer. */
const STALL_TIMEOUT_MS = { speaking: 2_000, thinking: 4_000 };

/** What a hosted model is asked for a turn. One of these serves all calls. */
export function openCompose(options: ComposeOptions): Compose {
  const models = options.models ?? catalogue;
  const stableParts = new Map<string, string>();

  function stable({ flow, language }: ModelRequest): string {
    const key = `${flow.about}\n${language}`;
    const known = stableParts.get(key);
    if (known !== undefined) return known;
    const text = stablePrompt(options.persona, flow.about, language);
    stableParts.set(key, text);
    return text;
  }

  return (request, rung, { repaired, spoken }) => {
    const model = findModel(rung.model, models);
    const compaction = repaired ? REPAIRED : (options.compaction ?? defaultCompaction);
    const conversation = compact({ history: request.history, facts: request.flow.facts }, compaction);
    const offered = flowTools(request, repaired ? new Map() : options.tools);
    const tools = repaired ? offered.map(withPlainSchema) : offered;
    const system = { stable: stable(request), changing: changingPrompt(request, conversation) };
    const thinking = repaired ? leastThinking(rung.thinking) : rung.thinking;
    return {
      model: rung.modelId,
      region: rung.region,
      system,
      messages: chatMessages(request, conversation.messages, spoken),
      tools,
      thinking,
      maxTokens: maxTokens(thinking, options.maxReplyTokens ?? MAX_REPLY_TOKENS, model),
      temperature: repaired ? null : temperature(thinking, model, options.temperature ?? TEMPERATURE),
      cache: !repaired && isWorthCaching(system.stable, tools, model),
      callId: request.callId,
      firstTokenTimeoutMs: firstTokenTimeoutMs(rung),
      stallTimeoutMs: STALL_TIMEOUT_MS[thinking.style === 'none' ? 'speaking' : 'thinking'],
    };
  };
}

/** Thinking that cannot be left out stays; a budget can. */
function leastThinking(thinking: ChatRequest['thinking']): ChatRequest['thinking'] {
  if (thinking.style === 'budget') return { style: 'none' };
  return thinking.style === 'adaptive' ? { style: 'adaptive', effort: 'low' } : thinking;
}

function maxTokens(
  thinking: ChatRequest['thinking'],
  replyTokens: number,
  model: CatalogueModel | null,
): number {
  const thinkingTokens =
    thinking.style === 'budget'
      ? thinking.tokens
      : thinking.style === 'adaptive'
        ? THINKING_ROOM_TOKENS[thinking.effort]
        : 0;
  return Math.min(thinkingTokens + replyTokens, model?.maxOutputTokens ?? Number.POSITIVE_INFINITY);
}

/** Unknown models are not given one: some refuse. */
function temperature(
  { style }: ChatRequest['thinking'],
  model: CatalogueModel | null,
  value: number,
): number | null {
  return style === 'none' && model?.allowsSampling ? value : null;
}

/** Tools and the stable part are what is cached; below the model's least that does nothing. */
function isWorthCaching(stable: string, tools: readonly ChatTool[], model: CatalogueModel | null): boolean {
  const { minCacheTokens = null } = model ?? {};
  if (minCacheTokens === null) return false;
  return estimateTokens(stable) + estimateTokens(JSON.stringify(tools)) >= minCacheTokens;
}

function firstTokenTimeoutMs({ firstTokenMs }: Rung): number {
  const { least, most } = FIRST_TOKEN_TIMEOUT_MS;
  return Math.round(Math.min(most, Math.max(least, firstTokenMs * LATE_FACTOR)));
}

/** Patterns and closed schemas are what providers differ on. What comes back is checked here in any case. */
function withPlainSchema({ name, description, inputSchema }: ChatTool): ChatTool {
  const properties = (inputSchema.properties ?? {}) as Record<string, unknown>;
  const plain = Object.fromEntries(
    Object.entries(properties).map(([slot, schema]) => [slot, { type: 'string', ...describing(schema) }]),
  );
  const required = (inputSchema.required as readonly string[] | undefined) ?? [];
  return {
    name,
    description,
    inputSchema: { type: 'object', properties: plain, ...(required.length > 0 && { required }) },
  };
}

function describing(schema: unknown): { description?: string } {
  const { description } = schema as { description?: string };
  return description === undefined ? {} : { description };
}
