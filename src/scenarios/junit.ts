import { tellLine } from '../rehearsal/transcript.ts';
import type { FlowResult, ScenarioResult } from './suite.ts';
import { tellFailure } from './tell-suite.ts';

/** Results as CI systems read them: JUnit XML, one suite a flow, one case a scenario and run. */
export function toJunit(flows: readonly FlowResult[]): string {
  const suites = flows.map(toSuite);
  const all = flows.flatMap(({ results }) => results);
  const broken = flows.filter(flow => flow.broken).length;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="aybiza test"${counts(all, broken)}>`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n');
}

function toSuite({ flow, file, results, broken }: FlowResult): string {
  const cases = results.map(result => toCase(flow.name, file, result));
  if (broken)
    cases.push(
      `    <testcase${attributes({ name: 'the file of scenarios', classname: flow.name, file, time: '0.000' })}>`,
      `      <error${attributes({ message: 'The file cannot be read.', type: 'ScenarioFileError' })}>${escaped(broken.message)}</error>`,
      '    </testcase>',
    );
  return [
    `  <testsuite${attributes({ name: flow.name })}${counts(results, broken ? 1 : 0)}>`,
    ...cases,
    '  </testsuite>',
  ].join('\n');
}

function toCase(flow: string, file: string, result: ScenarioResult): string {
  const { scenario, run, tookMs } = result;
  const name = run === 0 ? scenario.name : `${scenario.name} (run ${run + 1})`;
  const open = `    <testcase${attributes({
    name,
    classname: flow,
    file,
    line: String(scenario.line),
    time: seconds(tookMs),
  })}>`;
  return [open, ...outcome(result), '    </testcase>'].join('\n');
}

function outcome({ verdict, failures, unjudged, reason, played }: ScenarioResult): string[] {
  if (verdict === 'left out') return [`      <skipped${attributes({ message: reason ?? '' })}/>`];
  if (verdict === 'not judged') {
    const open = unjudged.map(({ statement }) => statement).join('; ');
    return [`      <skipped${attributes({ message: `not judged: ${open}` })}/>`];
  }
  if (verdict === 'passed') return [];
  const [first] = failures;
  const transcript = (played?.transcript ?? []).map(tellLine).join('\n');
  return [
    `      <failure${attributes({ message: first ? `expected ${first.expected}` : '', type: first?.kind ?? '' })}>${escaped(failures.map(tellFailure).join('\n'))}</failure>`,
    `      <system-out>${escaped(transcript)}</system-out>`,
  ];
}

function counts(results: readonly ScenarioResult[], errors: number): string {
  const of = (verdict: string) => results.filter(result => result.verdict === verdict).length;
  return attributes({
    tests: String(results.length + errors),
    failures: String(of('failed')),
    errors: String(errors),
    skipped: String(of('left out') + of('not judged')),
    time: seconds(results.reduce((sum, { tookMs }) => sum + tookMs, 0)),
  });
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(3);
}

function attributes(values: Record<string, string>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(value).replace(/\n/g, '&#10;')}"`)
    .join('');
}

/** XML 1.0 knows most control characters not even as references. */
function escaped(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out.
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
      .replace(/&/g, '&amp;')
      .replace(/</g, '&lt;')
      .replace(/>/g, '&gt;')
      .replace(/"/g, '&quot;')
  );
}
