/** One key whose value differs. */
export interface KeyChange {
  /** Path of the key, as `meta.say.es`. */
  key: string;
  /** Absent when the key is new. */
  before?: unknown;
  /** Absent when the key is gone. */
  after?: unknown;
  /** For lists of words, as phrases: what came and what went. Both empty when only the order differs. */
  added?: readonly string[];
  removed?: readonly string[];
}

/** Every key that differs, at its deepest: `meta.say.es` rather than `meta`. Values are plain, as JSON has them. */
export function compareValues(before: unknown, after: unknown, key = ''): KeyChange[] {
  if (haveKeys(before, after)) {
    const [old, now] = [before ?? {}, after ?? {}];
    const names = [...new Set([...Object.keys(old), ...Object.keys(now)])];
    return names.flatMap(name =>
      compareValues(own(old, name), own(now, name), key ? `${key}.${name}` : name),
    );
  }
  if (sameValue(before, after)) return [];
  const change: KeyChange = { key };
  if (before !== undefined) change.before = before;
  if (after !== undefined) change.after = after;
  if (areWords(before ?? []) && areWords(after ?? [])) {
    const [old, now] = [(before ?? []) as string[], (after ?? []) as string[]];
    change.added = now.filter(word => !old.includes(word));
    change.removed = old.filter(word => !now.includes(word));
  }
  return [change];
}

/** A record that came or went is told key by key, unless it is empty. */
function haveKeys(before: unknown, after: unknown): boolean {
  const records = [before, after].filter(isRecord);
  const others = [before, after].filter(value => value !== undefined && !isRecord(value));
  return records.length > 0 && others.length === 0 && records.some(record => Object.keys(record).length > 0);
}

/** Equal as JSON, whatever the order of keys. */
export function sameValue(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other);
}

/** Text that is the same for equal values, whatever the order of their keys. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, item) => (isRecord(item) ? sorted(item) : item)) ?? '';
}

function sorted(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record).sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0)),
  );
}

function own(record: unknown, name: string): unknown {
  return isRecord(record) && Object.hasOwn(record, name) ? record[name] : undefined;
}

function areWords(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(item => typeof item === 'string');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
