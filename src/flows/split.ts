import { createHash } from 'node:crypto';

/** Which flows an agent's callers are given, and how many of them each: a comparison of two, or one for all. */
export type Split = Readonly<Record<string, number>>;

/** Reads `order-status`, or `order-status=90, order-status-brief=10`. Null when it is neither. */
export function readSplit(text: string): Split | null {
  const shares = text
    .split(',')
    .map(share => /^\s*([a-z0-9]+(?:-[a-z0-9]+)*)\s*(?:=\s*(\d{1,4})\s*)?$/.exec(share));
  const entries = shares.map(share => share && ([share[1] as string, share[2]] as const));
  if (entries.some(entry => entry === null)) return null;
  const given = entries as (readonly [string, string | undefined])[];
  if (given.length > 1 && given.some(([, weight]) => weight === undefined)) return null;
  const split = Object.fromEntries(given.map(([name, weight = '1']) => [name, Number(weight)]));
  return isSplit(split) && Object.keys(split).length === given.length ? split : null;
}

/** Every weight is a whole number, and one at least is not 0. */
export function isSplit(split: Split): boolean {
  const weights = Object.values(split);
  return (
    weights.every(weight => Number.isInteger(weight) && weight >= 0) && weights.some(weight => weight > 0)
  );
}

/**
 * The flow for a caller: the same for each of their calls as long as the split is the same, and over all callers in
 * the weights' proportion.
 */
export function flowFor(split: Split, caller: string): string {
  const shares = Object.entries(split).filter(([, weight]) => weight > 0);
  const whole = shares.reduce((sum, [, weight]) => sum + weight, 0);
  let point = pointOf(caller, shares.map(([name]) => name).join(',')) * whole;
  for (const [name, weight] of shares) {
    point -= weight;
    if (point < 0) return name;
  }
  return shares.at(-1)?.[0] as string;
}

/** 0 … 1, evenly. The names are mixed in so that one comparison says nothing about the next. */
function pointOf(caller: string, names: string): number {
  const hash = createHash('sha256').update(`${names}\n${caller}`).digest();
  return hash.readUInt32BE(0) / 2 ** 32;
}
