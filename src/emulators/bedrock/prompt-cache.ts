import type { Clock } from '../../../runtime/clock.ts';
import type { ConverseBody } from './converse-body.ts';
import { rulesOf } from './models.ts';
import type { BedrockUsage } from './script.ts';

/** A prefix that nobody reads for so long is forgotten; each reading begins the time anew. */
const LIFE_MS = 5 * 60_000;

/** What was cached of prompts, by model: everything before a cache point, tools first, as Claude reads them. */
export class PromptCache {
  readonly #clock: Clock;
  readonly #usedMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts the words of a request, and what of them is read from the cache or written to it. */
  count(modelId: string, body: ConverseBody): Omit<BedrockUsage, 'outputTokens'> {
    const { whole, prefixes } = readPrompt(body);
    const rules = rulesOf(modelId);
    const least = typeof rules === 'string' ? Number.POSITIVE_INFINITY : rules.minCacheTokens;
    const points = prefixes.filter(prefix => wordsIn(prefix) >= least);
    const longest = points.at(-1);
    if (longest === undefined) return { inputTokens: wordsIn(whole) };

    const nowMs = this.#clock.now();
    const isKnown = (prefix: string) =>
      nowMs - (this.#usedMs.get(`${modelId}\n${prefix}`) ?? Number.NEGATIVE_INFINITY) < LIFE_MS;
    const read = wordsIn(points.findLast(isKnown) ?? '');
    for (const prefix of points) this.#usedMs.set(`${modelId}\n${prefix}`, nowMs);
    return {
      inputTokens: wordsIn(whole) - wordsIn(longest),
      cacheReadInputTokens: read,
      cacheWriteInputTokens: wordsIn(longest) - read,
    };
  }
}

/** All of the prompt, and what stands before each of its cache points. */
function readPrompt({ toolConfig, system = [], messages }: ConverseBody) {
  const blocks: readonly object[] = [
    ...(toolConfig?.tools ?? []),
    ...system,
    ...messages.flatMap(({ content }) => content),
  ];
  const prefixes: string[] = [];
  let whole = '';
  for (const block of blocks) {
    if ('cachePoint' in block) prefixes.push(whole);
    else whole += `${JSON.stringify(block)}\n`;
  }
  return { whole, prefixes };
}

function wordsIn(text: string): number {
  return text.match(/\S+/g)?.length ?? 0;
}
