import type { Clock } from '../../runtime/clock.ts';
import { systemClock } from '../../runtime/clock.ts';
import type { Tool } from '../../runtime/ports.ts';
import type { Flow } from '../flows/flows.ts';
import type { FlowHits } from '../rehearsal/flow-trace.ts';
import type { RehearsalOptions } from '../rehearsal/rehearsal.ts';
import { mergeHits, noHits } from './coverage.ts';
import type { Failure, OpenQuestion } from './failure.ts';
import type { Hear } from './hear.ts';
import type { Judge } from './judge.ts';
import { type Played, play } from './play.ts';
import { readScenarios, type Scenario, type ScenarioFileError, scenarioFileOf } from './read-scenarios.ts';

/** `not judged`: nothing failed, but something is for a judge and there was none. */
export type Verdict = 'passed' | 'failed' | 'not judged' | 'left out';

export interface ScenarioResult {
  scenario: Scenario;
  /** 0 as it is written, then as days differ. */
  run: number;
  verdict: Verdict;
  failures: readonly Failure[];
  /** Asked for a judge in vain. */
  unjudged: readonly OpenQuestion[];
  /** Why it was left out. */
  reason: string | null;
  played: Played | null;
  /** How long it took here, in milliseconds. */
  tookMs: number;
}

export interface FlowResult {
  flow: Flow;
  /** Where its scenarios are written. */
  file: string;
  results: readonly ScenarioResult[];
  coverage: FlowHits;
  broken: ScenarioFileError | null;
}

export interface SuiteOptions {
  flows: readonly Flow[];
  /** Only scenarios whose name holds this. */
  grep: RegExp | null;
  /** How often each is played. */
  repeat: number;
  /** A hosted model; null: the flow itself answers. */
  model: NonNullable<RehearsalOptions['model']> | null;
  tools?: (clock: Clock) => readonly Tool[];
  judge: Judge | null;
  hear: Hear;
  onResult?(result: ScenarioResult, flow: Flow): void;
}

/** Plays the scenarios of flows, one after the other. */
export async function runSuite(options: SuiteOptions): Promise<FlowResult[]> {
  const results: FlowResult[] = [];
  for (const flow of options.flows) results.push(await runFlow(flow, options));
  return results;
}

async function runFlow(flow: Flow, options: SuiteOptions): Promise<FlowResult> {
  const file = scenarioFileOf(flow.file);
  const results: ScenarioResult[] = [];
  const coverage = noHits();
  const scenarios = await readScenarios(file).catch((error: ScenarioFileError) => error);
  if (!Array.isArray(scenarios)) {
    if (scenarios.name !== 'ScenarioFileError') throw scenarios;
    return { flow, file, results, coverage, broken: scenarios };
  }

  for (const scenario of scenarios) {
    if (options.grep && !options.grep.test(scenario.name)) continue;
    for (let run = 0; run < options.repeat; run++) {
      const result = await runScenario(flow, scenario, run, options);
      results.push(result);
      if (result.played) mergeHits(coverage, result.played.hits);
      options.onResult?.(result, flow);
    }
  }
  return { flow, file, results, coverage, broken: null };
}

/** Plays one scenario and has it judged. */
export async function runScenario(
  flow: Flow,
  scenario: Scenario,
  run: number,
  options: Pick<SuiteOptions, 'model' | 'tools' | 'judge' | 'hear'>,
): Promise<ScenarioResult> {
  const sinceMs = systemClock.now();
  const { model, tools, judge, hear } = options;
  const none = { scenario, run, failures: [], unjudged: [], played: null };
  if (scenario.given?.model === 'hosted' && !model)
    return { ...none, verdict: 'left out', reason: 'it needs a hosted model: --model', tookMs: 0 };

  const played = await play(scenario, {
    flow: flow.machine,
    language: tagOf(flow.info.languages[0] ?? 'en'),
    run,
    hear,
    ...(model && { model }),
    ...(tools && { tools }),
  });
  const { failures, unjudged } = judge ? await judged(played, judge) : openEnded(played);
  const verdict = failures.length > 0 ? 'failed' : unjudged.length > 0 ? 'not judged' : 'passed';
  const tookMs = systemClock.now() - sinceMs;
  return { scenario, run, verdict, failures, unjudged, reason: null, played, tookMs };
}

function openEnded({ failures, questions }: Played) {
  return { failures, unjudged: questions };
}

async function judged({ failures, questions }: Played, judge: Judge) {
  const bad: Failure[] = [];
  for (const { line, statement, transcript } of questions) {
    const { holds, reason } = await judge(statement, transcript).catch((error: Error) => ({
      holds: false,
      reason: error.message,
    }));
    if (!holds) bad.push({ kind: 'judged badly', line, expected: statement, was: reason });
  }
  return { failures: [...failures, ...bad], unjudged: [] };
}

/** Callers of an English flow speak American, as the product assumes. */
function tagOf(language: string): string {
  return language === 'en' ? 'en-US' : language;
}
