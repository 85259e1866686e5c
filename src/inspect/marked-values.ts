import type { CallRedaction } from '../console/redaction/call-redaction.ts';
import { MARKS } from '../console/redaction/marks.ts';
import type { Rewrite } from './plain-copy.ts';

/** What anybody said. */
export const WORDS = '[words]';

/** Of the call's own chart: ids, names of states, choices and tools, and how sure the recogniser was. */
const IMPERSONAL = new Set([
  ...['type', 'callId', 'placement', 'purpose', 'outcome', 'next', 'by', 'choice', 'tool', 'confidence'],
]);
const SAID = new Set(['text', 'speculatedText', 'withoutFillers']);
const TOOL_LISTS = new Set(['calls', 'toolCalls', 'results']);

/**
 * What a viewer sees of a context or an event while redaction is on. Viewers may pass it on to a page that is not ours, so this
 * hides more than the console does: nothing that was said or found out, and no words that went into a tool or came out of it.
 */
export function markedValues(redaction: CallRedaction): Rewrite {
  return (name, value) => {
    if (value === null || value === undefined || IMPERSONAL.has(name)) return null;
    if (name === 'digit') return { shown: MARKS.key };
    if (SAID.has(name) && typeof value === 'string') return { shown: value === '' ? '' : WORDS };
    if (name === 'facts' && isObject(value)) return { shown: wordless(redaction.facts(value as never)) };
    if (TOOL_LISTS.has(name) && isObject(value) && !Array.isArray(value))
      return { shown: toolCall(redaction, value) };
    if (name === 'result') return { shown: wordless(redaction.value(value)) };
    if (typeof value === 'string' || typeof value === 'number') return { shown: redaction.value(value) };
    return null;
  };
}

function toolCall(redaction: CallRedaction, call: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(call).map(([name, value]) => {
      if (name === 'id' || name === 'name') return [name, value];
      if (name === 'error') return [name, redaction.value(value)];
      return [name, wordless(redaction.value(value))];
    }),
  );
}

const marks = new Set<unknown>(Object.values(MARKS));

function wordless(value: unknown): unknown {
  if (typeof value === 'string') return value === '' || marks.has(value) ? value : WORDS;
  if (Array.isArray(value)) return value.map(wordless);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, wordless(each)]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
