/** In UTC, weeks from Monday: as OpenRouter resets the limits of its keys. */
export type Period = 'day' | 'week' | 'month' | 'total';

const DAY_MS = 24 * 60 * 60 * 1_000;

/** When the period that `atMs` lies in began. Both are milliseconds since the Unix epoch. */
export function periodStart(period: Period, atMs: number): number {
  const at = new Date(atMs);
  const day = Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate());
  if (period === 'day') return day;
  if (period === 'week') return day - ((at.getUTCDay() + 6) % 7) * DAY_MS;
  return period === 'month' ? Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1) : 0;
}
