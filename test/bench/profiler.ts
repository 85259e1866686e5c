import { type Profiler, Session } from 'node:inspector';
import { fileURLToPath } from 'node:url';

export interface HotSpot {
  /** A file, a function of one, or what the engine calls its own work. */
  place: string;
  /** Of all samples, the idle ones included. */
  share: number;
}

const SAMPLE_EVERY_US = 500;
const FILES = 16;
const FUNCTIONS = 24;

/** Samples this process until the function it returns is called, which gives the functions that took most time themselves. */
export async function startProfile(): Promise<() => Promise<HotSpot[]>> {
  const session = new Session();
  session.connect();
  await post(session, 'Profiler.enable');
  await post(session, 'Profiler.setSamplingInterval', { interval: SAMPLE_EVERY_US });
  await post(session, 'Profiler.start');

  return async () => {
    const { profile } = (await post(session, 'Profiler.stop')) as { profile: Profiler.Profile };
    session.disconnect();
    return hotSpots(profile);
  };
}

function hotSpots({ nodes, samples = [] }: Profiler.Profile): HotSpot[] {
  const functionOf = new Map(nodes.map(node => [node.id, place(node.callFrame)]));
  const files = shares(samples, filesOf(nodes)).slice(0, FILES);
  return [...files, ...shares(samples, functionOf).slice(0, FUNCTIONS)];
}

function shares(samples: readonly number[], placeOf: ReadonlyMap<number, string>): HotSpot[] {
  const counts = new Map<string, number>();
  for (const id of samples) {
    const at = placeOf.get(id) ?? '(unknown)';
    counts.set(at, (counts.get(at) ?? 0) + 1);
  }
  return [...counts]
    .map(([at, count]) => ({ place: at, share: count / samples.length }))
    .sort((one, other) => other.share - one.share);
}

/** The file of every sample; what the engine and native code do counts for the file that called them. */
function filesOf(nodes: readonly Profiler.ProfileNode[]): Map<number, string> {
  const files = new Map<number, string>();
  const name = (node: Profiler.ProfileNode, caller: string) => {
    const { url, functionName } = node.callFrame;
    const isOwnRoot = functionName.startsWith('(') && url === '';
    const file = isOwnRoot ? functionName : isLibrary(url) ? caller : `all of ${shortName(url)}`;
    files.set(node.id, file);
    for (const child of node.children ?? []) name(byId.get(child)!, file);
  };
  const byId = new Map(nodes.map(node => [node.id, node]));
  if (nodes[0]) name(nodes[0], '(root)');
  return files;
}

function isLibrary(url: string): boolean {
  return url === '' || url.startsWith('node:');
}

function place({ functionName, url, lineNumber }: Profiler.ProfileNode['callFrame']): string {
  const name = functionName || '(anonymous)';
  return url === '' ? name : `${name}  ${shortName(url)}:${lineNumber + 1}`;
}

function shortName(url: string): string {
  const file = url.startsWith('file:') ? fileURLToPath(url) : url;
  return file.split('/').slice(-3).join('/');
}

function post(session: Session, method: string, params: object = {}): Promise<unknown> {
  return new Promise((resolve, reject) =>
    session.post(method, params, (error, result) => (error ? reject(error) : resolve(result))),
  );
}
