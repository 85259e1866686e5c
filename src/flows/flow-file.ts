import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BuildFailure, Plugin } from 'esbuild';
import { type AnyStateMachine, StateMachine } from 'xstate';
import { flow } from '../../machines/flow.ts';
import { packageFolder } from '../package-folder.ts';

/** What is wrong with a flow's file, and where. Lines and columns begin at 1. */
export interface FlowProblem {
  text: string;
  line: number | null;
  column: number | null;
}

/** A file that holds no chart. The message names the file and each problem. */
export class FlowFileError extends Error {
  override readonly name = 'FlowFileError';
  readonly file: string;
  readonly problems: readonly FlowProblem[];

  constructor(file: string, problems: readonly FlowProblem[]) {
    const places = problems.map(({ text, line, column }) =>
      line === null ? `${file}: ${text}` : `${file}:${line}:${column ?? 1}: ${text}`,
    );
    super(places.join('\n'));
    this.file = file;
    this.problems = problems;
  }
}

/** The endings of flow files. */
export const flowEndings = ['.ts', '.json'] as const;

/**
 * The chart in a flow's file, read from its source, so that an edited file needs no build. `text` stands for the
 * file's content where it is not, or not yet, what is on disk. Throws a `FlowFileError`.
 */
export async function readFlowFile(file: string, text?: string): Promise<AnyStateMachine> {
  const source = text ?? (await sourceOf(file));
  return extname(file) === '.json' ? readJson(file, source) : readTypeScript(file, source);
}

async function sourceOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(error => {
    throw failure(file, `the file cannot be read (${error.code}).`);
  });
}

function readJson(file: string, source: string): AnyStateMachine {
  let config: unknown;
  try {
    config = JSON.parse(source);
  } catch (error) {
    throw new FlowFileError(file, [jsonProblem(source, error as Error)]);
  }
  if (typeof config !== 'object' || config === null || Array.isArray(config))
    throw failure(file, 'write one object: the chart.');
  try {
    return flow.createMachine({
      id: basename(file, '.json'),
      context: { facts: {} },
      ...config,
    } as never) as unknown as AnyStateMachine;
  } catch (error) {
    throw failure(file, (error as Error).message);
  }
}

function jsonProblem(source: string, { message }: Error): FlowProblem {
  const at = Number(/position (\d+)/.exec(message)?.[1] ?? Number.NaN);
  if (Number.isNaN(at)) return { text: message, line: null, column: null };
  const before = source.slice(0, at).split('\n');
  const text = message.replace(/ in JSON at position.*/, '');
  return { text, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

async function readTypeScript(file: string, source: string): Promise<AnyStateMachine> {
  // Loaded on demand: whoever reads only JSON need not start a compiler.
  const { build: compile } = await import('esbuild');
  const result = await compile({
    stdin: { contents: source, sourcefile: file, loader: 'ts', resolveDir: join(file, '..') },
    bundle: true,
    write: false,
    format: 'esm',
    target: 'node20',
    logLevel: 'silent',
    plugins: [imports],
  }).catch((error: BuildFailure) => {
    throw new FlowFileError(file, problemsOf(error));
  });
  const code = Buffer.from(result.outputFiles[0]?.text ?? '').toString('base64');
  const exported = await importCode(file, code);
  const machine = Object.values(exported).find(value => value instanceof StateMachine);
  if (!machine)
    throw failure(file, 'it exports no chart: write `export const name = flow.createMachine({ … })`.');
  return machine as AnyStateMachine;
}

/** A module by its content: the same source is evaluated once, an edited one anew. What it throws, XState mostly, is the file's problem. */
async function importCode(file: string, code: string): Promise<Record<string, unknown>> {
  try {
    return await import(/* @vite-ignore */ `data:text/javascript;base64,${code}`);
  } catch (error) {
    throw failure(file, (error as Error).message);
  }
}

/** A flow may import two things: the product's own flow.ts, wherever the flow lies, and the XState that runs here. */
const imports: Plugin = {
  name: 'flow imports',
  setup(build) {
    const flowSource = join(packageFolder(), 'machines', 'flow.ts');
    build.onResolve({ filter: /.*/ }, ({ path, kind, importer }) => {
      if (kind === 'entry-point') return null;
      if (path === 'xstate') return { path: xstateUrl, external: true };
      if (/(^|\/)flow(\.[jt]s)?$/.test(path) || path === 'aybiza/flow') return { path: flowSource };
      if (importer === flowSource) return null;
      return { errors: [{ text: `a flow may import flow.ts and xstate only, not '${path}'.` }] };
    });
  },
};

/** The XState that is loaded here: a chart of another copy would be no chart. */
const xstateUrl = pathToFileURL(
  createRequire(import.meta.url)
    .resolve('xstate')
    .replace(/\.cjs\.js$/, '.cjs.mjs'),
).href;

function problemsOf({ errors, message }: BuildFailure): FlowProblem[] {
  if (!errors?.length) return [{ text: message, line: null, column: null }];
  return errors.map(({ text, location }) => ({
    text,
    line: location?.line ?? null,
    column: location ? location.column + 1 : null,
  }));
}

function failure(file: string, text: string): FlowFileError {
  return new FlowFileError(file, [{ text: text.replace(/\s+/g, ' '), line: null, column: null }]);
}
