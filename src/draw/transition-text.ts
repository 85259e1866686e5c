/** What people read instead of XState's own event names. */
export function eventText(eventType: string): string {
  if (eventType === '') return '';
  const [, kind, source, name = ''] =
    /^xstate\.(done|error|snapshot)\.(state|actor)\.(.+)$/.exec(eventType) ?? [];
  if (!kind) return eventType;
  if (source === 'state') return 'done';
  const happened = { done: 'done', error: 'failed', snapshot: 'changed' }[kind];
  return `${name} ${happened}`;
}

/** `after silence`, `after 500 ms`. */
export function afterText(delay: unknown): string {
  if (typeof delay === 'number') return `after ${delay} ms`;
  return `after ${typeof delay === 'string' ? delay : 'a computed time'}`;
}

interface GuardLike {
  type?: string;
  name?: string;
  guards?: readonly unknown[];
  stateValue?: unknown;
}

/** Guards read as sentences: `isOpen and not isFull`. */
export function guardText(guard: unknown): string {
  if (typeof guard === 'string') return guard;
  const { type, name, guards, stateValue } = guard as GuardLike;
  // XState's combinators are functions that carry their parts.
  if (guards) return combinedText(name ?? '', guards);
  if (stateValue !== undefined)
    return `in ${typeof stateValue === 'string' ? stateValue : JSON.stringify(stateValue)}`;
  return type ?? (name && name !== 'guard' ? name : 'condition');
}

function combinedText(operator: string, guards: readonly unknown[]): string {
  const parts = guards.map(part => {
    const text = guardText(part);
    return text.includes(' ') && guards.length > 1 ? `(${text})` : text;
  });
  return operator === 'not' ? `not ${parts[0]}` : parts.join(` ${operator} `);
}
