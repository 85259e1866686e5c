import { type Rate, rate, type VersionResult } from '../flows/results.ts';
import { counted, plain } from './replay/words.ts';

/** How sure it is that the calls of one version are completed more often than those of another. */
export interface VersionComparison {
  flow: string;
  /** The later one. */
  version: string;
  /** The earlier one. */
  with: string;
  /** Of `version`, less that of the other: a share of calls. */
  difference: number;
  verdict: Verdict;
  told: string;
}

/**
 * `certain`: the 95 % ranges lie apart. `likely`: they overlap, and yet the difference is more than chance explains 19 times
 * of 20. `unknown`: too few calls, or too small a difference.
 */
export type Verdict = 'certain' | 'likely' | 'unknown';

/** Of the normal distribution, for 19 times of 20. */
const Z = 1.96;
/** Places where calls ended that are listed; the rest is counted. */
const MOST_PLACES = 4;

/** Every pair of versions of the same flow, the later one first. */
export function compareVersions(results: readonly VersionResult[]): VersionComparison[] {
  return results.flatMap((later, index) =>
    results
      .slice(index + 1)
      .filter(({ flow }) => flow === later.flow)
      .map(earlier => compareTwo(later, earlier)),
  );
}

/** A table for each flow, and a sentence for each pair of its versions. */
export function resultsText(results: readonly VersionResult[]): string[] {
  const comparisons = compareVersions(results);
  const flows = [...new Set(results.map(({ flow }) => flow))];
  return flows.flatMap((flow, index) => {
    const versions = results.filter(each => each.flow === flow);
    const pairs = comparisons.filter(each => each.flow === flow);
    return [
      ...(index > 0 ? [''] : []),
      plain(flow) || '(no flow on record)',
      ...table(versions),
      ...(pairs.length > 0 ? [''] : []),
      ...pairs.map(({ told }) => told),
    ];
  });
}

function compareTwo(later: VersionResult, earlier: VersionResult): VersionComparison {
  const one = completedOf(later);
  const other = completedOf(earlier);
  const difference = one.share - other.share;
  const verdict = verdictOn(one, later.calls, other, earlier.calls);
  const { flow, version } = later;
  return {
    flow,
    version,
    with: earlier.version,
    difference,
    verdict,
    told: sentence(later, earlier, difference, verdict),
  };
}

function completedOf({ outcomes, calls }: VersionResult): Rate {
  return outcomes.completed ?? rate(0, calls);
}

/** Newcombe's interval of a difference of shares, made of Wilson's of each (Statistics in Medicine 17, 1998, method 10). */
function verdictOn(one: Rate, oneCalls: number, other: Rate, otherCalls: number): Verdict {
  if (oneCalls === 0 || otherCalls === 0) return 'unknown';
  if (one.low > other.high || other.low > one.high) return 'certain';
  const [more, less] = one.share >= other.share ? [one, other] : [other, one];
  const spread = Math.hypot(more.share - more.low, less.high - less.share);
  return more.share - less.share > spread ? 'likely' : 'unknown';
}

function sentence(
  later: VersionResult,
  earlier: VersionResult,
  difference: number,
  verdict: Verdict,
): string {
  const shares = `${percent(completedOf(later).share)} of its calls instead of ${percent(completedOf(earlier).share)}`;
  const [one, other] = [plain(later.version), plain(earlier.version)];
  const how = difference > 0 ? 'more' : 'less';
  if (verdict === 'certain')
    return `${one} completes ${how} calls than ${other}, ${shares}: that is certain, their ranges are apart.`;
  if (verdict === 'likely')
    return `${one} completes ${how} calls than ${other}, ${shares}: that is likely, though their ranges overlap.`;
  const wanted = callsToTell(completedOf(later), completedOf(earlier));
  const few = `${counted(later.calls, 'call')} and ${counted(earlier.calls, 'call')} are too few to tell`;
  return (
    `Whether ${one} completes more calls than ${other} is open (${shares}): ${few}` +
    `${wanted === null ? '.' : `; if it goes on like this, some ${wanted} of each would.`}`
  );
}

/** How many calls of each would show the difference that there seems to be; null when there is none, or a tiny one. */
function callsToTell(one: Rate, other: Rate): number | null {
  const difference = Math.abs(one.share - other.share);
  if (difference < SMALLEST_DIFFERENCE) return null;
  const variance = one.share * (1 - one.share) + other.share * (1 - other.share);
  const calls = Math.ceil((Z ** 2 * Math.max(variance, difference)) / difference ** 2);
  const digits = 10 ** Math.max(0, String(calls).length - 2);
  return Math.ceil(calls / digits) * digits;
}

const SMALLEST_DIFFERENCE = 0.01;

function table(versions: readonly VersionResult[]): string[] {
  const outcomes = [...new Set(versions.flatMap(({ outcomes }) => Object.keys(outcomes)))].sort(
    (one, other) => total(versions, other) - total(versions, one),
  );
  const rows: [string, (version: VersionResult) => string][] = [
    ['version', ({ version }) => plain(version) || '(none)'],
    ['calls', ({ calls }) => String(calls)],
    ['first', ({ firstAt }) => day(firstAt)],
    ['last', ({ lastAt }) => day(lastAt)],
    ...outcomes.map((outcome): [string, (version: VersionResult) => string] => [
      plain(outcome) || '(no outcome)',
      version => rangeText(rateOf(version, outcome) ?? rate(0, version.calls)),
    ]),
    ['mean duration', ({ meanDurationS }) => `${meanDurationS.toFixed(1)} s`],
    ['mean turns', ({ meanTurns }) => meanTurns.toFixed(1)],
    ['not understood', ({ notUnderstoodPerHundred }) => `${notUnderstoodPerHundred.toFixed(1)} per 100`],
    ['interrupted', ({ interruptedPerHundred }) => `${interruptedPerHundred.toFixed(1)} per 100`],
    [
      'model cost',
      ({ meanModelCostUsd }) => (meanModelCostUsd === null ? '–' : `$${meanModelCostUsd.toFixed(4)} a call`),
    ],
    ...placeRows(versions),
  ];
  return aligned(rows.map(([name, cell]) => [name, ...versions.map(cell)]));
}

/** `ended in`, the most frequent first, one below the other. */
function placeRows(versions: readonly VersionResult[]): [string, (version: VersionResult) => string][] {
  const most = Math.max(...versions.map(({ endedIn }) => Object.keys(endedIn).length));
  const rows = Math.min(most, MOST_PLACES);
  return Array.from({ length: rows + (most > MOST_PLACES ? 1 : 0) }, (_, row) => [
    row === 0 ? 'ended in' : '',
    ({ endedIn }: VersionResult) => {
      const places = Object.entries(endedIn);
      if (row === MOST_PLACES)
        return places.length > row ? `and ${counted(places.length - row, 'more place')}` : '';
      const [state, count] = places[row] ?? [];
      return state === undefined ? '' : `${count} ${plain(state) || '(not known)'}`;
    },
  ]);
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map(row => [...(row[column] ?? '')].length)),
  );
  return rows.map(row =>
    `  ${row.map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - [...cell].length)).join('  ')}`.trimEnd(),
  );
}

function rateOf({ outcomes }: VersionResult, outcome: string): Rate | undefined {
  return (outcomes as Record<string, Rate>)[outcome];
}

function total(versions: readonly VersionResult[], outcome: string): number {
  return versions.reduce((sum, version) => sum + (rateOf(version, outcome)?.count ?? 0), 0);
}

function rangeText({ count, share, low, high }: Rate): string {
  return `${percent(share)} (${Math.round(100 * low)}–${Math.round(100 * high)} %), ${count}`;
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

function day(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('T', ' ').slice(0, 16);
}
