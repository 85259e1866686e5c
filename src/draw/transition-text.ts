/** What brings a transition about, as readers tell them apart: the caller's choice, a tool, the call itself, time. */
export type TransitionKind = 'choice' | 'tool' | 'call' | 'timer' | 'event';

const CHOICE = 'caller.';
const TOOL = 'tool.';

/** Only a flow's events are choices of the caller; in other charts an event is an event. */
export function kindOf(eventType: string, timed: boolean, isFlow: boolean): TransitionKind {
  if (timed) return 'timer';
  if (!isFlow) return 'event';
  if (eventType.startsWith(CHOICE)) return 'choice';
  return eventType.startsWith(TOOL) ? 'tool' : 'call';
}

/** What people read instead of XState's own event names; a choice is named without `caller.`. */
export function eventText(eventType: string, kind: TransitionKind = 'event'): string {
  if (eventType === '') return '';
  if (kind === 'choice') return eventType.slice(CHOICE.length);
  const [, how, source, name = ''] =
    /^xstate\.(done|error|snapshot)\.(state|actor)\.(.+)$/.exec(eventType) ?? [];
  if (!how) return eventType;
  if (source === 'state') return 'done';
  const happened = { done: 'done', error: 'failed', snapshot: 'changed' }[how];
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
  params?: unknown;
  guards?: readonly unknown[];
  stateValue?: unknown;
}

/** Guards read as sentences: `isOpen and not isFull`, `size is small or large`. */
export function guardText(guard: unknown): string {
  if (typeof guard === 'string') return guard;
  const { type, name, params, guards, stateValue } = guard as GuardLike;
  // XState's combinators are functions that carry their parts.
  if (guards) return combinedText(type ?? name ?? '', guards);
  if (stateValue !== undefined)
    return `in ${typeof stateValue === 'string' ? stateValue : JSON.stringify(stateValue)}`;
  if (type) return isRecord(params) ? withParams(type, params) : type;
  return name && name !== 'guard' ? name : 'condition';
}

/** The guards that every flow has say what they ask; others are named with what they are given. */
function withParams(type: string, params: Record<string, unknown>): string {
  const each = Object.entries(params).map(([key, value]) => `${key} ${listed(value)}`);
  if (type === 'factIs') return `${params.fact} is ${listed(params.value, 'or')}`;
  if (type === 'knowsFacts') return `knows ${listed(params.facts, 'and')}`;
  if (type === 'resultIs') return Object.entries(params).map(resultText).join(' and ');
  return each.length > 0 ? `${type}: ${each.join(', ')}` : type;
}

function resultText([field, value]: [string, unknown]): string {
  if (typeof value === 'boolean') return value ? field : `not ${field}`;
  return `${field} is ${String(value)}`;
}

function listed(value: unknown, last = 'and'): string {
  const items = [value].flat().map(item => (isRecord(item) ? JSON.stringify(item) : String(item)));
  return items.length > 1 ? `${items.slice(0, -1).join(', ')} ${last} ${items.at(-1)}` : items.join('');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function combinedText(operator: string, guards: readonly unknown[]): string {
  const parts = guards.map(part => {
    const text = guardText(part);
    return text.includes(' ') && guards.length > 1 ? `(${text})` : text;
  });
  return operator === 'not' ? `not ${parts[0]}` : parts.join(` ${operator} `);
}
