const FIRST_MS = 200;

/** At once, then 200 ms, 400 ms and so on up to `maxMs`, each shortened at random by up to half. */
export function backoffMs(attempt: number, maxMs: number, random: () => number): number {
  if (attempt === 0) return 0;
  return Math.min(maxMs, FIRST_MS * 2 ** (attempt - 1)) * (0.5 + random() / 2);
}
