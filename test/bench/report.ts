import type { Figure } from './bench.ts';
import type { HotSpot } from './profiler.ts';

export function isShort({ value, target }: Figure): boolean {
  return target !== undefined && !(value <= target);
}

/** One line for each figure: what, how much, how much it may be, and whether it is. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map(figure => [
    figure.name,
    `${amount(figure.value)} ${figure.unit}`,
    figure.target === undefined ? '' : `≤ ${figure.target} ${figure.unit}`,
    figure.target === undefined ? '' : isShort(figure) ? 'SHORT' : 'ok',
    figure.note ?? '',
  ]);
  const widths = [0, 1, 2, 3].map(column => Math.max(...rows.map(row => row[column]!.length)));
  return rows
    .map(row =>
      row
        .map((cell, column) => (column === 1 ? cell.padStart(widths[1]!) : cell.padEnd(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function hotSpots(process: string, spots: readonly HotSpot[]): string {
  const rows = spots.map(({ place, share }) => `${(100 * share).toFixed(1).padStart(6)} %  ${place}`);
  return [`Where the time went (${process}):`, ...rows].join('\n');
}

function amount(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}
