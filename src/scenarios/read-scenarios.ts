import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Document, isMap, isScalar, LineCounter, parseDocument, type YAMLMap } from 'yaml';
import type { z } from 'zod';
import { suggest } from '../check/nearest.ts';
import { actions, interruptions, type ScenarioFields, type StepFields, scenarioFile } from './format.ts';

/** A step and where it is written. */
export interface Step extends StepFields {
  line: number;
}

export interface Scenario extends Omit<ScenarioFields, 'steps'> {
  /** Absolute path of its file. */
  file: string;
  line: number;
  steps: readonly Step[];
}

/** What is wrong with a file of scenarios. Lines begin at 1. */
export interface ScenarioProblem {
  line: number;
  text: string;
}

export class ScenarioFileError extends Error {
  override readonly name = 'ScenarioFileError';
  readonly file: string;
  readonly problems: readonly ScenarioProblem[];

  constructor(file: string, problems: readonly ScenarioProblem[]) {
    super(problems.map(({ line, text }) => `${file}:${line}: ${text}`).join('\n'));
    this.file = file;
    this.problems = problems;
  }
}

type Path = readonly PropertyKey[];

const ENDING = '.scenarios.yaml';

/** Where the scenarios of the flow in `flowFile` are written. */
export function scenarioFileOf(flowFile: string): string {
  return join(dirname(flowFile), `${basename(flowFile).replace(/\.(ts|json)$/, '')}${ENDING}`);
}

/** The scenarios in a file; none when there is no such file. Throws a `ScenarioFileError` with every problem. */
export async function readScenarios(file: string): Promise<Scenario[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return parseScenarios(file, text);
}

export function parseScenarios(file: string, text: string): Scenario[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  if (document.errors.length > 0)
    throw new ScenarioFileError(
      file,
      document.errors.map(({ message, pos }) => ({
        line: lines.linePos(pos[0]).line,
        text: (message.split('\n')[0] as string).replace(/ at line \d+, column \d+:?$/, '.'),
      })),
    );

  const lineOf = (path: Path) => lineIn(document, lines, path);
  const result = scenarioFile.safeParse(withSteps(document.toJS()));
  const problems = result.success
    ? result.data.flatMap((scenario, index) => problemsIn(scenario, index, lineOf))
    : result.error.issues.flatMap(issue => problemsOf(issue, lineOf));
  if (!result.success || problems.length > 0) throw new ScenarioFileError(file, inOrder(problems));

  return result.data.map((scenario, index) => ({
    ...scenario,
    file,
    line: lineOf([index]),
    steps: scenario.steps.map((step, at) => ({ ...step, line: lineOf([index, 'steps', at]) })),
  }));
}

/** `- hangs up` alone is a step, too. */
function withSteps(given: unknown): unknown {
  if (!Array.isArray(given)) return given;
  return given.map(scenario => {
    const steps = (scenario as { steps?: unknown } | null)?.steps;
    if (!Array.isArray(steps)) return scenario;
    return { ...scenario, steps: steps.map(step => (step === 'hangs up' ? { 'hangs up': true } : step)) };
  });
}

function problemsOf(issue: z.core.$ZodIssue, lineOf: (path: Path) => number) {
  if (issue.code === 'invalid_union') return unionProblems(issue, lineOf);
  if (issue.code !== 'unrecognized_keys')
    return [{ line: lineOf(issue.path), text: `${placeOf(issue.path)}${sentence(issue.message)}` }];
  const known = keysAt(issue.path);
  return issue.keys.map(key => ({
    line: lineOf([...issue.path, key]),
    text: `'${key}' is not known here. ${suggest(key, known)}`,
  }));
}

/** The alternative that comes nearest says what is wrong, if it is a key. */
function unionProblems(
  issue: Extract<z.core.$ZodIssue, { code: 'invalid_union' }>,
  lineOf: (path: Path) => number,
): ScenarioProblem[] {
  const key = issue.errors.flat().find(inner => inner.code === 'unrecognized_keys');
  const path = [...issue.path, ...(key?.path ?? [])];
  const detail = key?.code === 'unrecognized_keys' ? `'${key.keys[0]}' is not known here: ` : placeOf(path);
  return [{ line: lineOf(path), text: `${detail}${sentence(issue.message)}` }];
}

/** What may stand at a place of the file. */
function keysAt(path: Path): string[] {
  let schema: unknown = scenarioFile;
  for (const part of path) schema = inner(schema, part);
  return Object.keys((unwrapped(schema) as z.ZodObject).shape ?? {});
}

function inner(schema: unknown, part: PropertyKey): unknown {
  const bare = unwrapped(schema);
  if (typeof part === 'number') return (bare as z.ZodArray).element;
  return (bare as z.ZodObject).shape?.[part as string] ?? (bare as z.ZodRecord).valueType;
}

function unwrapped(schema: unknown): unknown {
  let bare = schema;
  while (typeof (bare as { unwrap?: unknown })?.unwrap === 'function' && !('element' in (bare as object)))
    bare = (bare as z.ZodOptional).unwrap();
  return bare;
}

/** What the form alone cannot say. */
function problemsIn(
  scenario: ScenarioFields,
  index: number,
  lineOf: (path: Path) => number,
): ScenarioProblem[] {
  return scenario.steps.flatMap((step, at) => {
    const line = lineOf([index, 'steps', at]);
    const done = actions.filter(action => step[action] !== undefined);
    const cutsIn = interruptions.some(action => step[action] !== undefined);
    const problem = (text: string) => [{ line, text }];

    if (done.length > 1)
      return problem(`One step does one thing, not ${done.join(' and ')}: make two of it.`);
    if (done.length === 0 && step.expect === undefined)
      return problem(`A step does something or expects something: ${actions.join(', ')} or expect.`);
    if ((step.after ?? step['after words']) !== undefined && !cutsIn)
      return problem('`after` says when the caller cuts in: write it beside what the caller does.');
    if (step.after !== undefined && step['after words'] !== undefined)
      return problem('Write after or after words, not both.');
    if (step.with !== undefined && step['caller any of'] === undefined)
      return problem('`with` is for `caller any of` alone.');
    return [];
  });
}

function placeOf(path: Path): string {
  const name = path.findLast(part => typeof part === 'string');
  return name === undefined ? '' : `${String(name)}: `;
}

function sentence(message: string): string {
  const text = message
    .replace(/^Invalid input: expected \w+, received undefined$/, 'is missing')
    .replace(/^Invalid (input|option): expected /, 'write ');
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function inOrder(problems: readonly ScenarioProblem[]): ScenarioProblem[] {
  return [...problems].sort((one, other) => one.line - other.line);
}

/** Of the node at a path, or of the nearest around it. */
function lineIn(document: Document, lines: LineCounter, path: Path): number {
  for (let length = path.length; length >= 0; length--) {
    const at = startOf(document, path.slice(0, length));
    if (at !== null) return lines.linePos(at).line;
  }
  return 1;
}

function startOf(document: Document, path: Path): number | null {
  const last = path.at(-1);
  const parent = path.length > 1 ? document.getIn(path.slice(0, -1), true) : document.contents;
  if (typeof last === 'string' && isMap(parent)) {
    const key = keyIn(parent, last);
    if (key !== null) return key;
  }
  const node = path.length === 0 ? document.contents : document.getIn(path, true);
  const range = (node as { range?: readonly number[] | null } | undefined)?.range;
  return range?.[0] ?? null;
}

function keyIn(map: YAMLMap, key: string): number | null {
  const pair = map.items.find(item => isScalar(item.key) && item.key.value === key);
  return isScalar(pair?.key) ? (pair.key.range?.[0] ?? null) : null;
}
