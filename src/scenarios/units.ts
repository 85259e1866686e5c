const DURATION = /^(\d+(?:\.\d+)?)\s*(ms|s|min)$/;
const MS_IN: Record<string, number> = { ms: 1, s: 1_000, min: 60_000 };

/** Written as `300ms`, `1.2s` or `2min`; null when it is not. In milliseconds. */
export function readDuration(text: string): number | null {
  const match = DURATION.exec(text.trim());
  return match ? Math.round(Number(match[1]) * (MS_IN[match[2] as string] as number)) : null;
}

export function tellDuration(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(ms % 1_000 === 0 ? 0 : 2)} s`;
}
