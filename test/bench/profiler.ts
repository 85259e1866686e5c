import { type Profiler, Session } from 'node:inspector';
import { fileURLToPath } from 'node:url';

export interface HotSpot {
  /** Function and file, or what the engine calls its own work. */
  place: string;
  /** Of all samples, the idle ones included. */
  share: number;
}

const SAMPLE_EVERY_US = 500;
const SPOTS = 30;

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
  const placeOf = new Map(nodes.map(node => [node.id, place(node.callFrame)]));
  const counts = new Map<string, number>();
  for (const id of samples) {
    const at = placeOf.get(id) ?? '(unknown)';
    counts.set(at, (counts.get(at) ?? 0) + 1);
  }
  return [...counts]
    .sort(([, one], [, other]) => other - one)
    .slice(0, SPOTS)
    .map(([at, count]) => ({ place: at, share: count / samples.length }));
}

function place({ functionName, url, lineNumber }: Profiler.ProfileNode['callFrame']): string {
  const name = functionName || '(anonymous)';
  if (url === '') return name;
  const file = url.startsWith('file:') ? fileURLToPath(url) : url;
  return `${name}  ${file.split('/').slice(-3).join('/')}:${lineNumber + 1}`;
}

function post(session: Session, method: string, params: object = {}): Promise<unknown> {
  return new Promise((resolve, reject) =>
    session.post(method, params, (error, result) => (error ? reject(error) : resolve(result))),
  );
}
