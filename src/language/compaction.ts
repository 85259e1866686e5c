import type { Facts } from '../../machines/flow.ts';
import type { Message } from '../../runtime/ports.ts';
import { estimateTokens } from './tokens.ts';

export interface CompactionSettings {
  /** For facts, digest and messages together. */
  budgetTokens: number;
  /** Latest messages that stay word for word, as far as the budget goes. */
  keepMessages: number;
}

export const defaultCompaction: CompactionSettings = { budgetTokens: 1_500, keepMessages: 12 };

/** A conversation that fits into a prompt. */
export interface Compacted {
  /** Everything the flow has collected, one `name: value` a line. Never shortened. */
  facts: string;
  /** What came before `messages`, in short; null when nothing did. */
  digest: string | null;
  /** The latest messages, word for word. */
  messages: readonly Message[];
}

/**
 * Shortens a long conversation without a model. Facts stay whole; of older messages stays what was asked for and what was
 * told, the oldest shortest. The budget is kept unless the facts alone exceed it: they go before everything. Pure.
 */
export function compact(
  { history, facts }: { history: readonly Message[]; facts: Facts },
  { budgetTokens, keepMessages }: CompactionSettings = defaultCompaction,
): Compacted {
  const factLines = Object.entries(facts).map(([name, value]) => `${name}: ${value}`);
  const factText = factLines.join('\n');
  let leftTokens = budgetTokens - estimateTokens(factText);

  // The newest first: what does not fit is the older part.
  const kept: Message[] = [];
  const mayKeepTokens = history.length > keepMessages ? leftTokens - RESERVED_TOKENS : leftTokens;
  let keptTokens = 0;
  for (const message of history.slice(-keepMessages).reverse()) {
    const tokens = messageTokens(message.text);
    if (keptTokens + tokens > mayKeepTokens) break;
    keptTokens += tokens;
    kept.unshift(message);
  }
  leftTokens -= keptTokens;
  const older = history.slice(0, history.length - kept.length);
  return { facts: factText, digest: digestOf(older, leftTokens), messages: kept };
}

/** Kept free for a digest when there is an older part. */
const RESERVED_TOKENS = 200;
/** What a message costs beside its text. */
const MESSAGE_TOKENS = 6;
const MOST_CHARS = 160;

function messageTokens(text: string): number {
  return estimateTokens(text) + MESSAGE_TOKENS;
}

function digestOf(older: readonly Message[], budgetTokens: number): string | null {
  if (older.length === 0) return null;
  const lines: string[] = [];
  let leftTokens = budgetTokens - estimateTokens(leftOut(older.length)) - 1;
  if (leftTokens < 0) return null;

  for (const message of [...older].reverse()) {
    const line = gistOf(message);
    if (line === null) continue;
    const tokens = estimateTokens(`${line}\n`) + 1;
    if (tokens > leftTokens) break;
    leftTokens -= tokens;
    lines.unshift(line);
  }
  const silent = older.filter(message => gistOf(message) === null).length;
  const missing = older.length - silent - lines.length;
  const text = [...(missing > 0 ? [leftOut(missing)] : []), ...lines].join('\n');
  return text === '' ? null : text;
}

function leftOut(count: number): string {
  return `(${count} earlier messages left out)`;
}

/** What a message leaves behind: the caller's words, and of the agent's what was told, without its questions. */
function gistOf({ role, text }: Message): string | null {
  if (role === 'caller') return `Caller: ${clip(text)}`;
  const told = (text.match(/[^.!?]+[.!?]*/g) ?? []).filter(sentence => !sentence.trim().endsWith('?'));
  const statements = told.join('').trim();
  return statements === '' ? null : `Agent: ${clip(statements)}`;
}

/** Shortened at a word; numbers of the rest are kept, because they are what people come back to. */
function clip(text: string): string {
  const flat = text.replace(/\s+/g, ' ').trim();
  if (flat.length <= MOST_CHARS) return flat;
  const head = flat.slice(0, MOST_CHARS).replace(/\S*$/, '').trimEnd() || flat.slice(0, MOST_CHARS);
  const numbers = flat.slice(head.length).match(/\d[\d.,:-]*\d|\d/g) ?? [];
  return `${[head, '…', ...numbers.slice(0, 5)].join(' ')}`;
}
