import { relative } from 'node:path';
import { tellLine } from '../rehearsal/transcript.ts';
import { type Failure, failureKinds } from './failure.ts';
import type { FlowResult, ScenarioResult } from './suite.ts';

const SIGNS = { passed: '✓', failed: '✗', 'not judged': '?', 'left out': '–' } as const;

/** One line for a scenario that was played. */
export function tellResult({
  scenario,
  run,
  verdict,
  reason,
  played,
  tookMs,
  unjudged,
}: ScenarioResult): string {
  const again = run === 0 ? '' : ` (run ${run + 1})`;
  const times = played ? `  ${(played.callMs / 1_000).toFixed(1)} s in ${Math.round(tookMs)} ms` : '';
  const why = reason
    ? `  ${reason}`
    : verdict === 'not judged'
      ? `  ${unjudged.length} for a judge: --judge`
      : '';
  return `  ${SIGNS[verdict]} ${scenario.name}${again}${times}${why}`;
}

/** A failed scenario: what was expected and what was, where it is written, and the call until then. */
export function explainFailure({ scenario, failures, played }: ScenarioResult): string {
  const file = relative(process.cwd(), scenario.file);
  return [
    ...failures.map(failure => `    ${file}:${failure.line}  ${tellFailure(failure)}`),
    '',
    ...(played?.transcript ?? []).map(line => `    ${tellLine(line)}`),
    '',
  ].join('\n');
}

export function tellFailure({ kind, expected, was }: Failure): string {
  return `${kind}: expected ${expected}; was ${was}`;
}

/** How often each scenario failed over its runs, by kind. */
export function tellFlakes(flows: readonly FlowResult[]): string[] {
  const all = flows.flatMap(({ results }) => {
    const byName = new Map<string, ScenarioResult[]>();
    for (const result of results)
      byName.set(result.scenario.name, [...(byName.get(result.scenario.name) ?? []), result]);
    return [...byName];
  });
  const shaky = all.filter(([, runs]) => runs.some(({ verdict }) => verdict === 'failed'));
  const steady = all.length - shaky.length;
  return [
    ...shaky.map(([name, runs]) => tellRuns(name, runs)),
    `  ${steady} of ${all.length} scenarios never failed.`,
  ];
}

function tellRuns(name: string, runs: readonly ScenarioResult[]): string {
  const failed = runs.filter(({ verdict }) => verdict === 'failed');
  const share = `${failed.length} of ${runs.length} failed (${Math.round((100 * failed.length) / runs.length)} %)`;
  const kinds = failureKinds
    .map(kind => [kind, failed.filter(({ failures }) => failures[0]?.kind === kind).length] as const)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${kind} ${count}`);
  return `  ${name}: ${[share, ...kinds].join(', ')}`;
}

/** The last line. */
export function tellTotals(flows: readonly FlowResult[]): string {
  const results = flows.flatMap(flow => flow.results);
  const of = (verdict: string) => results.filter(result => result.verdict === verdict).length;
  const callMs = results.reduce((sum, { played }) => sum + (played?.callMs ?? 0), 0);
  const tookMs = results.reduce((sum, result) => sum + result.tookMs, 0);
  const parts = [
    `${of('passed')} passed`,
    of('failed') > 0 ? `${of('failed')} failed` : '',
    of('not judged') > 0 ? `${of('not judged')} not judged` : '',
    of('left out') > 0 ? `${of('left out')} left out` : '',
  ].filter(Boolean);
  const speed = tookMs > 0 ? `, ${Math.round(callMs / tookMs)} × real time` : '';
  return `${parts.join(', ')}: ${(callMs / 60_000).toFixed(1)} minutes of calls in ${(tookMs / 1_000).toFixed(2)} s${speed}.`;
}

/** How much of what callers said a hosted model answered; null when nothing was said. The flow answers the rest. */
export function tellModel(flows: readonly FlowResult[]): { text: string; answeredAny: boolean } | null {
  const turns = flows
    .flatMap(({ results }) => results)
    .flatMap(({ scenario, played }) => (scenario.given?.model === 'flow' ? [] : (played?.turns ?? [])))
    .filter(({ purpose, caller }) => purpose === 'answer' && caller !== null);
  if (turns.length === 0) return null;
  const answered = turns.filter(({ usage }) => usage.length > 0).length;
  const why = answered === 0 ? turns.flatMap(({ explanations }) => explanations).at(-1) : undefined;
  const text = `The model answered ${answered} of ${turns.length} times, the flow itself the rest.`;
  return { text: why ? `${text} ${why}` : text, answeredAny: answered > 0 };
}

/** Whether everything is as it should be. What nobody judged is not wrong, and not right. */
export function isGood(flows: readonly FlowResult[]): boolean {
  return flows.every(
    ({ results, broken }) => !broken && results.every(({ verdict }) => verdict !== 'failed'),
  );
}

/** What a program wants to know of it all. */
export function toJson(flows: readonly FlowResult[]) {
  return flows.map(({ flow, file, results, coverage, broken }) => ({
    flow: flow.name,
    version: flow.version,
    file,
    problems: broken?.problems ?? [],
    coverage,
    scenarios: results.map(({ scenario, run, verdict, failures, unjudged, reason, played, tookMs }) => ({
      name: scenario.name,
      line: scenario.line,
      run,
      verdict,
      reason,
      failures,
      unjudged: unjudged.map(({ line, statement }) => ({ line, statement })),
      callMs: played?.callMs ?? null,
      tookMs: Math.round(tookMs),
      transcript: verdict === 'failed' ? (played?.transcript ?? []) : [],
    })),
  }));
}
