import { writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { loadConfig } from '../config.ts';
import { loadFlow, loadFlows } from '../flows/flows.ts';
import { createLogger } from '../log.ts';
import { type ModelProviderName, modelNames } from '../provider-settings.ts';
import { coverageOf, tellCoverage } from '../scenarios/coverage.ts';
import { openHearing } from '../scenarios/hear.ts';
import { type Hosted, openHosted } from '../scenarios/hosted.ts';
import { scenarioSchema } from '../scenarios/json-schema.ts';
import { toJunit } from '../scenarios/junit.ts';
import { type FlowResult, runSuite, type ScenarioResult, type SuiteOptions } from '../scenarios/suite.ts';
import {
  explainFailure,
  isGood,
  tellFlakes,
  tellModel,
  tellResult,
  tellTotals,
  toJson,
} from '../scenarios/tell-suite.ts';
import { secretsIn } from '../secret.ts';
import { proposeFor } from './test-propose.ts';
import { playOnSave } from './test-watch.ts';

export interface TestFlags {
  grep?: RegExp;
  repeat: number;
  model?: ModelProviderName;
  judge?: ModelProviderName;
  junit?: string;
  json: boolean;
  /** True: the figures; a text: the file that the hits of one flow go to. */
  coverage?: boolean | string;
  flows?: string;
  propose: boolean;
  write: boolean;
  watch: boolean;
  schema: boolean;
}

/** `test`: plays the scenarios that stand beside the flows, as whole calls on simulated time. */
export function testCommand(): Command {
  return new Command('test')
    .description('Play the scenarios of flows, as whole calls on simulated time. Fails when one does.')
    .argument('[flows...]', 'names of flows, or paths of their files; all when none is named')
    .option('--flows <dir>', 'folder of the flows; FLOWS_DIR by default')
    .option('--grep <name>', 'only scenarios whose name holds this', pattern)
    .option('--repeat <n>', 'play each so often, in other words and with other latencies', count, 1)
    .addOption(
      new Option('--model <provider>', 'a hosted model answers, in real time').choices([...modelNames]),
    )
    .addOption(
      new Option('--judge <provider>', 'a hosted model decides on `judge:` expectations').choices([
        ...modelNames,
      ]),
    )
    .option('--junit <file>', 'write the results as JUnit XML')
    .option('--json', 'print the results as JSON', false)
    .option('--coverage [file]', 'tell what of the flows was come through; into a file for `draw --coverage`')
    .option('--propose', 'propose scenarios for what no scenario comes through, as YAML', false)
    .option('--write', 'with --propose: append the proposals to the file', false)
    .option('--watch', 'play again whenever a flow or its scenarios are saved', false)
    .option('--schema', 'print the JSON schema of scenario files, for editors', false)
    .action(async (names: string[], flags: TestFlags) => {
      process.exitCode = await test(names, flags, line => console.log(line));
    });
}

/** Gives the exit code: 0 when nothing failed. */
export async function test(
  names: readonly string[],
  flags: TestFlags,
  print: (line: string) => void,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<number> {
  if (flags.schema) {
    print(JSON.stringify(scenarioSchema(), null, 2));
    return 0;
  }
  const settings = flags.flows === undefined ? env : { ...env, FLOWS_DIR: flags.flows };
  const playAll = () => runOnce(names, flags, print, settings);
  if (!flags.watch) return playAll();
  const { flowsDir } = loadConfig(settings);
  const { flows } = await loadNamed(names, flowsDir);
  const folders = flows.map(({ file }) => dirname(file));
  return playOnSave([flowsDir, ...folders], playAll, print);
}

async function runOnce(
  names: readonly string[],
  flags: TestFlags,
  print: (line: string) => void,
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const world = await openWorld(flags, env);
  const tell = flags.json ? () => {} : print;
  try {
    const { flows, broken } = await loadNamed(names, world.flowsDir);
    for (const { message } of broken) tell(message);
    const options: SuiteOptions = {
      flows,
      grep: flags.grep ?? null,
      repeat: flags.repeat,
      model: world.model?.modelFor ?? null,
      judge: world.judge?.judge ?? null,
      hear: world.hear,
      onResult: teller(flags.repeat, tell),
    };
    const results = await playAll(options, tell);
    report(results, flags, print);
    if (typeof flags.coverage === 'string') await writeCoverage(flags.coverage, results);
    if (flags.junit) await writeFile(flags.junit, toJunit(results));
    if (flags.propose) for (const result of results) await proposeFor(result, options, flags.write, tell);
    // Scenarios that hold because the flow stood in for a model say nothing about the model.
    const model = flags.model === undefined ? null : tellModel(results);
    if (model) tell(model.text);
    return broken.length === 0 && isGood(results) && (model?.answeredAny ?? true) ? 0 : 1;
  } finally {
    await world.close();
  }
}

/** Tells of every result; where each scenario is played many times, of its first failure. */
function teller(repeat: number, tell: (line: string) => void): (result: ScenarioResult) => void {
  const failed = new Set<string>();
  return result => {
    const { file, line } = result.scenario;
    const isFailure = result.verdict === 'failed';
    const isNews = isFailure && !failed.has(`${file}:${line}`);
    if (isFailure) failed.add(`${file}:${line}`);
    if (repeat === 1 || isNews) tell(tellResult(result));
    if (isNews) tell(explainFailure(result));
  };
}

async function playAll(options: SuiteOptions, tell: (line: string) => void): Promise<FlowResult[]> {
  const results: FlowResult[] = [];
  for (const flow of options.flows) {
    tell(flow.name);
    const [result] = (await runSuite({ ...options, flows: [flow] })) as [FlowResult];
    if (result.broken) tell(result.broken.message);
    else if (result.results.length === 0)
      tell(
        `  no scenario${options.grep ? ' of this name' : `: write ${basename(result.file)}, or --propose some`}`,
      );
    results.push(result);
  }
  return results;
}

function report(results: readonly FlowResult[], flags: TestFlags, print: (line: string) => void): void {
  if (flags.json) {
    print(JSON.stringify(toJson(results), null, 2));
    return;
  }
  if (flags.repeat > 1)
    for (const line of ['', 'Failures over all runs', ...tellFlakes(results)]) print(line);
  if (flags.coverage)
    for (const { flow, coverage } of results)
      print(`\n${tellCoverage(flow.name, coverageOf(flow.machine, coverage))}`);
  print(`\n${tellTotals(results)}`);
}

async function writeCoverage(file: string, results: readonly FlowResult[]): Promise<void> {
  const [only, ...others] = results;
  if (!only || others.length > 0)
    throw new Error(
      'A file takes the coverage of one flow: name it, as in aybiza test order-status --coverage hits.json.',
    );
  await writeFile(file, `${JSON.stringify(only.coverage, null, 2)}\n`);
}

async function loadNamed(names: readonly string[], folder: string) {
  if (names.length === 0) return loadFlows(folder);
  const flows = await Promise.all(names.map(name => loadFlow(name, folder)));
  return { flows, broken: [] };
}

/** Ears for recordings, and the hosted models that were asked for; closed at the end. */
async function openWorld(flags: TestFlags, env: Readonly<Record<string, string | undefined>>) {
  const config = loadConfig(env);
  const log = createLogger({ level: 'warn', node: config.node, secrets: secretsIn(config) });
  const hearing = openHearing({ dataDir: config.dataDir, log });
  const opened = new Map<string, Promise<Hosted>>();
  const hosted = (name: ModelProviderName | undefined) => {
    if (name === undefined) return null;
    // The settings of the provider are checked as the server would check them.
    const opening = opened.get(name) ?? openHosted(name, loadConfig({ ...env, LLM_PROVIDER: name }), log);
    opened.set(name, opening);
    return opening;
  };
  return {
    flowsDir: config.flowsDir,
    hear: hearing.hear,
    model: await hosted(flags.model),
    judge: await hosted(flags.judge),
    async close() {
      await hearing.close();
      for (const opening of opened.values()) await (await opening).close();
    },
  };
}

function pattern(value: string): RegExp {
  return new RegExp(value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'i');
}

function count(value: string): number {
  if (!/^[1-9]\d{0,4}$/.test(value)) throw new InvalidArgumentError('Write a whole number above 0.');
  return Number(value);
}
