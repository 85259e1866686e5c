import type { Violation } from './call-watch.ts';
import { faultClasses } from './faults.ts';
import type { Counted } from './tally.ts';
import { numberOf } from './watches.ts';

/** How a call ends, the usual ways first. */
const ENDINGS = [
  'completed',
  'transferred',
  'hungUp',
  'silence',
  'lineLost',
  'providersFailed',
  'stopped',
  'interrupted',
  'no record',
  'never began',
] as const;

/** How often each fault struck, how many calls it struck, and how those ended. */
export function faultTable({ strikes, outcomes }: Counted): string {
  const head = ['fault', 'strikes', 'calls', ...ENDINGS];
  const known = faultClasses.filter(fault => (strikes[fault] ?? 0) > 0);
  const rows = ['any call', ...known].map(fault => {
    const ended = outcomes[fault] ?? {};
    const calls = Object.values(ended).reduce((sum, count) => sum + count, 0);
    return [
      fault,
      fault === 'any call' ? '' : (strikes[fault] ?? 0),
      calls,
      ...ENDINGS.map(ending => ended[ending] ?? 0),
    ];
  });
  return aligned([head, ...rows]);
}

export function countTable({ counts, outagesMs }: Counted): string {
  const rows = Object.entries(counts).sort(([one], [other]) => (one < other ? -1 : 1));
  const sorted = [...outagesMs].sort((one, other) => one - other);
  const at = (share: number) => Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0);
  const outages =
    sorted.length > 0
      ? [
          [
            'callers heard nothing for, when a node was lost (median, p99, longest), ms',
            `${at(0.5)}, ${at(0.99)}, ${at(1)}`,
          ],
        ]
      : [];
  return aligned([...rows, ...outages]);
}

/** What went wrong and how to see it again: each rule that a call broke, once. */
export function tellViolations(violations: readonly Violation[], how: ReproductionOf): string[] {
  const broken = new Map<string, Violation[]>();
  for (const violation of violations) {
    const key = `${violation.callSid} ${violation.rule}`;
    broken.set(key, [...(broken.get(key) ?? []), violation]);
  }
  return [...broken.values()].map(([first, ...others]) => {
    const { callSid, rule, what, atMs } = first as Violation;
    const isOfCall = callSid !== 'world';
    const call = how.firstCall + (isOfCall ? numberOf(callSid) : 0);
    const more = others.length > 0 ? `, and ${others.length} times more` : '';
    return [
      `${rule}: ${what} (call ${isOfCall ? call : 'any'}, at ${(atMs / 1_000).toFixed(3)} s${more})`,
      `  npm run bench -- world --calls ${how.calls} --seed ${how.seed} --only ${call}`,
    ].join('\n');
  });
}

export interface ReproductionOf {
  seed: number;
  calls: number;
  /** Of the world. */
  firstCall: number;
}

function aligned(rows: readonly (readonly (string | number)[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map(row => String(row[column] ?? '').length)),
  );
  return rows
    .map(row =>
      row
        .map((cell, column) =>
          column === 0 ? String(cell).padEnd(widths[0] ?? 0) : String(cell).padStart(widths[column] ?? 0),
        )
        .join('  '),
    )
    .join('\n');
}
