import type { ModelRequest } from '../../runtime/ports.ts';

/** What kind of words a turn answers, as far as can be told without a model. */
export type Pattern = 'greeting' | 'simple' | 'ordinary' | 'reasoning';

/** What a turn asks of a model. */
export interface Demand {
  pattern: Pattern;
  /** 0 … 1, from a "yes" to a long question that has to be thought through. */
  complexity: number;
  /** The state lets the model call tools of the house. */
  needsTools: boolean;
}

const GREETING =
  /^\W*(hi|hello|hey|good (morning|afternoon|evening)|goodbye|bye|see you|talk to you later)\b/i;
const SIMPLE = /^\W*(yes|yeah|yep|no|nope|okay|ok|sure|thanks|thank you|right|correct)\b/i;
const REASONING =
  /\b(analy[sz]e|compare|difference between|explain why|why (does|do|is|did|was)|walk me through|step by step|troubleshoot|debug|figure out|solve|calculate|compute|work out|determine|evaluate|which (one )?(is|would be) (better|best))\b/i;
const JOINED = /\b(and|but|because|unless|although|however|if|then|also|except)\b/gi;

/** A greeting or a yes that goes on is no longer just that. */
const SHORT_WORDS = 6;
/** So many words, or turns, add the most they can. */
const MANY_WORDS = 40;
const MANY_MESSAGES = 20;

const weights = { words: 0.35, clauses: 0.15, reasoning: 0.4, history: 0.05, misunderstood: 0.1 } as const;

/** Measures a turn by its words and by where the conversation stands. Pure. */
export function demandOf({ said, history, misunderstood, flow }: ModelRequest): Demand {
  const text = said ?? '';
  const wordCount = text.split(/\s+/).filter(Boolean).length;
  const pattern = patternOf(text, wordCount);
  const clauses = Math.min(1, (text.match(JOINED)?.length ?? 0) / 4);
  const score =
    weights.words * Math.min(1, wordCount / MANY_WORDS) +
    weights.clauses * clauses +
    (pattern === 'reasoning' ? weights.reasoning : 0) +
    weights.history * Math.min(1, history.length / MANY_MESSAGES) +
    weights.misunderstood * Math.min(1, misunderstood / 2);
  return {
    pattern,
    complexity: pattern === 'greeting' || pattern === 'simple' ? Math.min(score, 0.1) : Math.min(1, score),
    needsTools: flow.tools.length > 0,
  };
}

function patternOf(text: string, wordCount: number): Pattern {
  if (REASONING.test(text)) return 'reasoning';
  if (wordCount <= SHORT_WORDS && GREETING.test(text)) return 'greeting';
  if (wordCount <= SHORT_WORDS && SIMPLE.test(text)) return 'simple';
  return 'ordinary';
}
