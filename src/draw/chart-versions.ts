import { basename, dirname, extname, relative, resolve } from 'node:path';
import type { AnyStateMachine } from 'xstate';
import { flowEndings, readFlowFile } from '../flows/flow-file.ts';
import { makeFlow } from '../flows/flows.ts';
import { CALL, loadChart } from './charts.ts';
import { type GitTree, openGitTree } from './git-files.ts';

/** One version of a chart, to be compared with another. */
export interface ChartVersion {
  /** The chart's name, as its pictures bear it. */
  name: string;
  /** What this version is called: as it was asked for. */
  label: string;
  machine: AnyStateMachine;
}

const GIT = 'git:';

/** True for `git:<rev>`, which is a version of whatever chart it is compared with. */
export function isBareRevision(spec: string): boolean {
  return spec.startsWith(GIT) && !spec.slice(GIT.length).includes(':');
}

/**
 * The chart that `spec` names: a flow's name, a file's path, `git:<rev>:<path>`, or `git:<rev>` for the chart that
 * `beside` names, at that revision. `folder` is where flows are. Throws with what to do when there is none.
 */
export async function loadVersion(
  spec: string,
  beside: string | null,
  folder?: string,
): Promise<ChartVersion> {
  const { rev, path } = readSpec(spec);
  if (rev === null) return { ...(await loadChart(spec, folder)), label: spec };
  if (!rev)
    throw new Error(`'${spec}' names no revision: write git:HEAD or git:HEAD:machines/flows/my-flow.ts.`);
  const other = beside === null ? null : readSpec(beside);
  const wanted = path || other?.path;
  if (wanted) return atRevision(spec, await openGitTree(rev, process.cwd()), wanted);
  if (beside === null || other?.rev)
    throw new Error(`'${spec}' names no chart: name the flow beside it, or write ${spec}:<path>.`);
  return flowAtRevision(spec, rev, beside, folder);
}

/** `rev` is null for what is not in git. */
function readSpec(spec: string): { rev: string | null; path: string } {
  if (!spec.startsWith(GIT)) return { rev: null, path: '' };
  const [rev, ...path] = spec.slice(GIT.length).split(':');
  return { rev: rev ?? '', path: path.join(':') };
}

async function flowAtRevision(
  spec: string,
  rev: string,
  flow: string,
  folder: string | undefined,
): Promise<ChartVersion> {
  const { name, file } = await loadChart(flow, folder);
  if (!file)
    throw new Error(
      `The ${CALL} chart is code, which git alone cannot load; only flows are compared with a revision.`,
    );
  const tree = await openGitTree(rev, dirname(file));
  // The flow may have been written in the other form then.
  const stem = basename(file, extname(file));
  for (const ending of new Set([extname(file), ...flowEndings])) {
    const path = tree.pathOf(stem + ending);
    if ((await tree.read(path)) !== null) return { ...(await atRevision(spec, tree, path)), name };
  }
  throw new Error(`${rev} has no ${tree.pathOf(basename(file))}: the flow is newer, or had another name.`);
}

async function atRevision(spec: string, tree: GitTree, path: string): Promise<ChartVersion> {
  const found = await tree.read(path);
  // Git's paths are from the repository's top; people's are from where they are.
  const fromHere = tree.pathOf(relative(process.cwd(), resolve(path)).replaceAll('\\', '/'));
  const text = found ?? (await tree.read(fromHere));
  if (text === null) throw new Error(`There is no ${path} at ${spec.slice(GIT.length)}.`);

  const file = found === null ? fromHere : path;
  const machine = await readFlowFile(`/${file}`, text);
  const flow = makeFlow(`/${file}`, machine, await partsAt(tree, dirname(file)));
  return { name: flow.name, label: spec, machine: flow.machine };
}

/** A part's own parts lie beside it. */
async function partsAt(tree: GitTree, folder: string): Promise<ReadonlyMap<string, AnyStateMachine>> {
  const parts =
    basename(folder) === 'parts' ? folder : [folder, 'parts'].filter(name => name !== '.').join('/');
  const machines = new Map<string, AnyStateMachine>();
  for (const name of await tree.list(parts)) {
    if (!flowEndings.some(ending => name.endsWith(ending))) continue;
    const path = `${parts}/${name}`;
    const text = await tree.read(path);
    if (text !== null) machines.set(basename(name, extname(name)), await readFlowFile(`/${path}`, text));
  }
  return machines;
}
