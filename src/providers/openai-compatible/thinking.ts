import type { ChatRequest } from '../../language/chat.ts';
import type { Body } from './messages.ts';

type Effort = 'low' | 'medium' | 'high';

/** OpenAI's own field knows efforts only; a budget of thinking tokens becomes the one that comes closest. */
export function toReasoningEffort(
  thinking: ChatRequest['thinking'],
  whenNot: 'none' | 'minimal' | null,
): Body {
  if (thinking.style === 'none') return whenNot ? { reasoning_effort: whenNot } : {};
  return {
    reasoning_effort: thinking.style === 'adaptive' ? thinking.effort : effortOf(thinking.tokens),
  };
}

/** OpenRouter's field takes both. */
export function toOpenRouterReasoning(
  thinking: ChatRequest['thinking'],
  whenNot: 'off' | 'minimal' | null,
): Body {
  if (thinking.style === 'budget') return { reasoning: { max_tokens: thinking.tokens } };
  if (thinking.style === 'adaptive') return { reasoning: { effort: thinking.effort } };
  if (whenNot === null) return {};
  return { reasoning: whenNot === 'off' ? { enabled: false } : { effort: 'minimal' } };
}

function effortOf(tokens: number): Effort {
  if (tokens <= 2_048) return 'low';
  return tokens <= 8_192 ? 'medium' : 'high';
}
