import { basename, dirname } from 'node:path';
import { compileFunction } from 'node:vm';
import type { TransformFailure } from 'esbuild';
import * as xstate from 'xstate';
import * as flowVocabulary from '../../machines/flow.ts';
import type { ConfigPath } from './config-path.ts';
import { flowForm } from './flow-form.ts';
import { type Config, type FormFault, isConfig } from './form.ts';
import { lineAt, type Outline, outlineOf } from './outline.ts';

/** A flow as it is written, from disk or from an editor. */
export interface FlowText {
  name: string;
  /** Its path; `.json` is read as a config, everything else as TypeScript. */
  file: string;
  text: string;
}

/** Why a text is not a flow. */
export interface TextFault {
  rule: 'syntax' | 'foreign-import' | 'no-chart' | 'not-loaded';
  line: number;
  problem: string;
}

/** The names that a chart's config may use. */
export interface KnownNames {
  actions: ReadonlySet<string>;
  guards: ReadonlySet<string>;
  actors: ReadonlySet<string>;
  delays: ReadonlySet<string>;
}

/** A flow file that has been read. */
export interface FlowFile {
  name: string;
  file: string;
  outline: Outline;
  /** The config without what has the wrong form; those are `formFaults`. */
  config: Config;
  formFaults: readonly FormFault[];
  known: KnownNames;
  /** When there are any, `config` is empty. */
  textFaults: readonly TextFault[];
}

/** Reads a flow without making a chart of it, so that a chart that XState would refuse can be checked as well. */
export async function readFlowText(source: FlowText): Promise<FlowFile> {
  const { name, file, text } = source;
  const read = file.endsWith('.json') ? readJson(text, name) : await readTypeScript(text, file);
  const textFaults = 'fault' in read ? [read.fault] : [];
  const { config, maker } = 'fault' in read ? { config: {}, maker: flowVocabulary.flow as Maker } : read;

  const formFaults: FormFault[] = [];
  if (textFaults.length === 0) flowForm(config, [], fault => formFaults.push(fault));
  return {
    name,
    file,
    outline: outlineOf(text),
    config: without(config, formFaults),
    formFaults,
    known: namesOf(maker),
    textFaults,
  };
}

/** The name of the flow that a file holds. */
export function nameOfFile(file: string): string {
  return basename(file).replace(/\.(?:json|[jt]s)$/, '');
}

/** Whether a file holds a sub-flow. */
export function isPartFile(file: string): boolean {
  return basename(dirname(file)) === 'parts';
}

type Read = { config: Config; maker: Maker } | { fault: TextFault };

function readJson(text: string, name: string): Read {
  try {
    const config: unknown = JSON.parse(text);
    // What a chart in JSON need not say is what src/flows/ adds to it.
    if (isConfig(config))
      return { config: { id: name, context: { facts: {} }, ...config }, maker: flowVocabulary.flow as Maker };
    return { fault: { rule: 'no-chart', line: 1, problem: 'The file holds no object.' } };
  } catch (error) {
    const said = (error as Error).message;
    const offset = /position (\d+)/.exec(said)?.[1];
    const line = lineAt(text, offset === undefined ? text.trimEnd().length : Number(offset));
    return {
      fault: { rule: 'syntax', line, problem: `This is not JSON: ${said.replace(/ in JSON.*/s, '')}.` },
    };
  }
}

async function readTypeScript(text: string, file: string): Promise<Read> {
  // Only flows in TypeScript need the compiler, and it takes a while to start.
  const { transform } = await import('esbuild');
  let code: string;
  try {
    ({ code } = await transform(text, { loader: 'ts', format: 'cjs', sourcefile: file, logLevel: 'silent' }));
  } catch (error) {
    const [first] = (error as TransformFailure).errors ?? [];
    if (!first) throw error;
    return { fault: { rule: 'syntax', line: first.location?.line ?? 1, problem: `${first.text}.` } };
  }
  return evaluate(code, text, file);
}

/** Runs a flow's module with makers of charts that hand over the config and make nothing. */
function evaluate(code: string, text: string, file: string): Read {
  const module = { exports: {} as Record<string, unknown> };
  const load = (specifier: string) => {
    if (specifier === 'xstate') return { ...xstate, setup: recordingSetup, createMachine: recorder(null) };
    if (/(?:^|\/)flow\.(?:ts|js)$/.test(specifier))
      return { ...flowVocabulary, flow: recording(flowVocabulary.flow as Maker) };
    throw new ForeignImport(specifier);
  };

  try {
    compileFunction(code, ['require', 'module', 'exports'], { filename: file })(load, module, module.exports);
  } catch (error) {
    return { fault: faultOf(error as Error, text) };
  }
  const chart = Object.values(module.exports).find((value): value is Recorded => value instanceof Recorded);
  if (chart && isConfig(chart.config)) return { config: chart.config, maker: chart.maker };
  return { fault: { rule: 'no-chart', line: 1, problem: 'The file exports no chart.' } };
}

class ForeignImport extends Error {
  readonly specifier: string;

  constructor(specifier: string) {
    super(`Imports ${specifier}.`);
    this.specifier = specifier;
  }
}

function faultOf(error: Error, text: string): TextFault {
  if (error instanceof ForeignImport) {
    const line = lineAt(text, Math.max(text.indexOf(error.specifier), 0));
    return { rule: 'foreign-import', line, problem: `The flow imports ${error.specifier}.` };
  }
  const name = /^([\w$]+) is not defined/.exec(error.message)?.[1];
  const offset =
    name === undefined ? -1 : text.search(new RegExp(`(?<![\\w$'"])${escaped(name)}(?![\\w$'"])`));
  return { rule: 'not-loaded', line: lineAt(text, Math.max(offset, 0)), problem: `${error.message}.` };
}

function escaped(name: string): string {
  return name.replaceAll('$', '\\$');
}

/** What XState's `setup` makes, as far as flows use it. */
interface Maker {
  createMachine(config: unknown): xstate.AnyStateMachine;
  extend?(names: unknown): Maker;
}

/** Stands for a chart in the module of a flow. */
class Recorded {
  readonly config: unknown;
  readonly maker: Maker;

  constructor(config: unknown, maker: Maker) {
    this.config = config;
    this.maker = maker;
  }

  provide(names: Record<string, unknown>): Recorded {
    const { maker } = this;
    return new Recorded(this.config, {
      createMachine: config => maker.createMachine(config).provide(names as never),
    });
  }
}

function recorder(maker: Maker | null) {
  return (config: unknown, names?: Record<string, unknown>) =>
    new Recorded(
      config,
      maker ?? { createMachine: empty => xstate.createMachine(empty as never, names as never) },
    );
}

function recording(maker: Maker): object {
  return {
    ...maker,
    createMachine: recorder(maker),
    extend: (names: unknown) => recording(maker.extend!(names)),
  };
}

function recordingSetup(names: never): object {
  return recording(xstate.setup(names) as unknown as Maker);
}

function namesOf(maker: Maker): KnownNames {
  const { actions, guards, actors, delays } = maker.createMachine({ context: { facts: {} } }).implementations;
  const names = (known: object) => new Set(Object.keys(known));
  return { actions: names(actions), guards: names(guards), actors: names(actors), delays: names(delays) };
}

/** A copy without the values that the faults are about, so that whoever reads on need not doubt every value. */
function without(config: Config, faults: readonly FormFault[]): Config {
  const bad = new Set(faults.map(({ path, spoils }) => JSON.stringify(spoils ?? path)));
  const copy = (value: unknown, path: ConfigPath): unknown => {
    if (path.length > 0 && bad.has(JSON.stringify(path))) return undefined;
    if (Array.isArray(value))
      return value.map((item, at) => copy(item, [...path, at])).filter(item => item !== undefined);
    if (!isConfig(value)) return value;
    const kept = Object.entries(value).map(([key, item]) => [key, copy(item, [...path, key])] as const);
    return Object.fromEntries(kept.filter(([, item]) => item !== undefined));
  };
  return copy(config, []) as Config;
}
