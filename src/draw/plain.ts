/**
 * The value with nothing but JSON in it, so that two charts can be compared: a function becomes its source, an action
 * or guard made by XState its parts. Keys without a value are left out.
 */
export function plain(value: unknown): unknown {
  if (typeof value === 'function') return plainFunction(value as Plainable);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'bigint' || typeof value === 'symbol') return String(value);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [key, plain(item)]),
  );
}

interface Plainable {
  toString(): string;
  /** Set on what XState's own makers return. */
  type?: string;
}

/** `assign`, `and` and their like are functions of one shape that carry what they were given. */
function plainFunction(made: Plainable): unknown {
  const { resolve, check, execute, ...parts } = made as Plainable & Record<string, unknown>;
  const name = (made as unknown as { name: string }).name;
  if (Object.keys(parts).length === 0) return { code: made.toString() };
  return plain({ type: name, ...parts });
}
