import type { CatalogueModel } from './catalogue.ts';
import type { ChatRequest } from './chat.ts';

export interface ThinkingWishes {
  /** Lets a deep model think before it answers a question that has to be reasoned out. Delays the first word. */
  allowThinking: boolean;
  /** For models that think with a budget; the least they take is 1,024. */
  thinkingTokens: number;
}

/** The least budget that Claude models take. */
export const LEAST_THINKING_TOKENS = 1_024;
/** What thinking that cannot be switched off adds before the first token, at low effort. */
const UNAVOIDABLE_MS = 1_500;

export function thinkingFor(
  { thinkingStyle, canDisableThinking }: CatalogueModel,
  wanted: boolean,
  { thinkingTokens }: ThinkingWishes,
): ChatRequest['thinking'] {
  if (wanted && thinkingStyle === 'budget')
    return { style: 'budget', tokens: Math.max(LEAST_THINKING_TOKENS, thinkingTokens) };
  if (wanted && thinkingStyle === 'adaptive') return { style: 'adaptive', effort: 'medium' };
  if (!canDisableThinking) return { style: 'adaptive', effort: 'low' };
  return thinkingStyle === 'adaptive' ? { style: 'none', switchOff: true } : { style: 'none' };
}

/** What a model adds before its first token by thinking, whether it is asked to or not. */
export function thinkingMs({ canDisableThinking }: CatalogueModel): number {
  return canDisableThinking ? 0 : UNAVOIDABLE_MS;
}
