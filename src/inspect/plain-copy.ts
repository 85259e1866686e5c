/** What a value is shown as instead, or null where it is looked into as it is. */
export type Rewrite = (name: string, value: unknown) => { shown: unknown } | null;

/** Charts are nested some fifteen levels deep; what goes deeper is no context of ours. */
const DEEPEST = 32;
const LONGEST_LIST = 500;
const LONGEST_TEXT = 4_000;

const ASIS: Rewrite = () => null;

/** A value as JSON can hold it: no cycles, nothing endless, functions by their names. */
export function plainCopy(value: unknown, rewrite: Rewrite = ASIS): unknown {
  return copy('', value, rewrite, []);
}

function copy(name: string, value: unknown, rewrite: Rewrite, above: readonly object[]): unknown {
  const instead = rewrite(name, value);
  if (instead) return instead.shown;
  if (typeof value === 'string')
    return value.length > LONGEST_TEXT ? `${value.slice(0, LONGEST_TEXT)}…` : value;
  if (typeof value === 'function') return { type: value.name };
  if (typeof value === 'bigint' || typeof value === 'symbol') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (above.includes(value)) return '[circular]';
  if (above.length >= DEEPEST) return '[deeper]';
  const within = [...above, value];
  if (value instanceof Error)
    return copy(name, { name: value.name, message: value.message }, rewrite, within);
  if (isWritable(value)) return copy(name, value.toJSON(), rewrite, within);
  if (Array.isArray(value)) return copyList(name, value, rewrite, within);
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, copy(key, each, rewrite, within)]),
  );
}

/** What is in a list bears the list's name. */
function copyList(name: string, list: readonly unknown[], rewrite: Rewrite, above: readonly object[]) {
  const copied = list.slice(0, LONGEST_LIST).map(each => copy(name, each, rewrite, above));
  return list.length > LONGEST_LIST ? [...copied, `[${list.length - LONGEST_LIST} more]`] : copied;
}

function isWritable(value: object): value is { toJSON(): unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function';
}
