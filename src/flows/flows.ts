import { access, readdir } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import type { AnyStateMachine } from 'xstate';
import type { FlowInfo } from '../../machines/flow.ts';
import { flowInfo } from '../../machines/flow-view.ts';
import { graft, SubflowError } from '../../machines/subflows.ts';
import { FlowFileError, flowEndings, readFlowFile } from './flow-file.ts';
import { flowVersion } from './flow-version.ts';
import { defaultFlowFolder } from './folder.ts';

/** A conversation flow, ready to be followed: its sub-flows are in their places. */
export interface Flow {
  /** The file's name without its ending. */
  name: string;
  machine: AnyStateMachine;
  /** Hash of the content: two flows with the same version are the same flow. */
  version: string;
  /** Absolute path. */
  file: string;
  info: Required<FlowInfo>;
}

/** The flows in `folder`, by file name without its ending, sorted. */
export async function flowNames(folder = defaultFlowFolder()): Promise<string[]> {
  return [...(await filesIn(folder)).keys()];
}

/** The sub-flows in `folder`/parts. */
export async function partNames(folder = defaultFlowFolder()): Promise<string[]> {
  return [...(await filesIn(partsFolder(folder))).keys()];
}

/** A flow by name, or by the path of its file. Throws a `FlowFileError`, or an error with the names there are. */
export async function loadFlow(nameOrPath: string, folder = defaultFlowFolder()): Promise<Flow> {
  const file = await fileOf(nameOrPath, folder);
  const parts = await readParts(partsFolder(isPart(file) ? dirname(dirname(file)) : dirname(file)));
  return makeFlow(file, await readFlowFile(file), parts);
}

/** Every flow in `folder`. One that cannot be loaded is among the `broken`. */
export async function loadFlows(
  folder = defaultFlowFolder(),
): Promise<{ flows: Flow[]; broken: FlowFileError[] }> {
  const flows: Flow[] = [];
  const broken: FlowFileError[] = [];
  for (const name of await flowNames(folder))
    await loadFlow(name, folder).then(
      flow => flows.push(flow),
      error => {
        if (!(error instanceof FlowFileError)) throw error;
        broken.push(error);
      },
    );
  return { flows, broken };
}

/** The flow that `machine`, read from `file`, makes with these sub-flows. Throws a `FlowFileError`. */
export function makeFlow(
  file: string,
  machine: AnyStateMachine,
  parts: ReadonlyMap<string, AnyStateMachine>,
): Flow {
  const whole = withParts(file, machine, parts);
  return {
    name: basename(file, extname(file)),
    machine: whole,
    version: flowVersion(whole),
    file,
    info: flowInfo(whole),
  };
}

/** The sub-flows that the flow in `file` may hold, as they are written. Throws a `FlowFileError`. */
export async function readParts(folder: string): Promise<ReadonlyMap<string, AnyStateMachine>> {
  const files = await filesIn(folder);
  const machines = [...files].map(async ([name, file]) => [name, await readFlowFile(file)] as const);
  return new Map(await Promise.all(machines));
}

export function partsFolder(folder: string): string {
  return join(folder, 'parts');
}

function isPart(file: string): boolean {
  return basename(dirname(file)) === 'parts';
}

function withParts(file: string, machine: AnyStateMachine, parts: ReadonlyMap<string, AnyStateMachine>) {
  try {
    return graft(machine, parts);
  } catch (error) {
    if (!(error instanceof SubflowError)) throw error;
    throw new FlowFileError(file, [{ text: error.message, line: null, column: null }]);
  }
}

async function fileOf(nameOrPath: string, folder: string): Promise<string> {
  if (flowEndings.some(ending => nameOrPath.endsWith(ending))) {
    const path = resolve(nameOrPath);
    await access(path).catch(() => {
      throw new Error(`There is no file ${path}. Name a flow, or the path of its .ts or .json file.`);
    });
    return path;
  }
  const files = await filesIn(folder);
  const file = files.get(nameOrPath) ?? (await filesIn(partsFolder(folder))).get(nameOrPath);
  if (!file)
    throw new Error(
      `There is no flow '${nameOrPath}' in ${folder}; there are: ${[...files.keys()].join(', ')}.`,
    );
  return file;
}

async function filesIn(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const files = entries
    .filter(entry => entry.isFile() && isFlowFile(entry.name))
    .map(({ name }) => name)
    .sort();
  return new Map(files.map(name => [basename(name, extname(name)), join(folder, name)]));
}

function isFlowFile(name: string): boolean {
  return (
    flowEndings.some(ending => name.endsWith(ending)) &&
    !/\.(d|test)\.ts$/.test(name) &&
    !name.startsWith('.')
  );
}
