import type { Bench, BenchOptions, BenchResult, Figure } from './bench.ts';
import type { Heard } from './caller-process.ts';
import type { Window } from './server-process.ts';
import { loadNote, onStage, type Stage } from './stage.ts';
import type { Times } from './stopwatch.ts';

/** Quick providers and quick callers: much happens in every call. */
const PROVIDERS = { recognitionMs: 30, modelMs: 40, voiceMs: 30, letterMs: 8 };
const MANNER = {
  phrases: ['opening hours', 'delivery times.'],
  interruptsAfterMs: null,
  turns: Number.POSITIVE_INFINITY,
};
const WARM_UP_S = 4;
/** As many events as a viewer may ask for, so that the calls are the bound and not the viewer. */
const MOST_EVENTS = 2_000;

interface Phase {
  name: string;
  window: Window;
  heard: Heard;
  viewed: { frames: number; bytes: number; dropped: number } | null;
  inspected: number;
}

/** What calls that nobody looks at feel of others being inspected, beside none inspected in the same run. */
export const inspected: Bench = {
  name: 'inspected',
  title: 'What the other calls feel while one is inspected, and while as many are as may be',
  run(options: BenchOptions): Promise<BenchResult> {
    const { storage, seconds, profile } = options;
    return onStage({ transport: 'auto', storage, providers: PROVIDERS }, async stage => {
      const calls = Math.max(2, Math.round(options.calls / 5));
      await stage.callers.ask('converse', { url: stage.url, calls, perSecond: 50, manner: MANNER });
      await stage.measure(WARM_UP_S, false);
      const phases: Phase[] = [];
      // None before and after: what these two differ by is what the others' differences mean.
      for (const look of [null, 'one', 'all', null] as const) {
        options.onProgress(`inspected: ${look ?? 'none'}`);
        phases.push(await measure(stage, look, seconds, profile));
      }
      await stage.callers.ask('hangUp', null);
      const profiles = Object.fromEntries(
        phases.map(({ name, window }) => [`inspected, ${name}`, window.profile]),
      );
      return { figures: figuresOf(phases), profiles: profile ? profiles : {} };
    });
  },
};

async function measure(
  { server, callers, url, ...stage }: Stage,
  look: 'one' | 'all' | null,
  seconds: number,
  profile: boolean,
): Promise<Phase> {
  const callSids = look ? await callers.ask('inspect', { url, call: look, most: MOST_EVENTS }) : [];
  await server.ask('setApart', { callSids });
  const { window, heard } = await stage.measure(seconds, profile);
  const viewed = look ? await callers.ask('stopInspecting', null) : null;
  const name = look === 'all' ? `${callSids.length} inspected` : look ? 'one inspected' : 'none inspected';
  return { name, window, heard, viewed, inspected: callSids.length };
}

type Percentile = 'p50' | 'p95' | 'p99';
const OF: readonly { name: string; of: (times: Times) => Times['overhead']; percentiles: Percentile[] }[] = [
  { name: 'overhead of the others', of: times => times.overhead, percentiles: ['p50', 'p95', 'p99'] },
  { name: 'frame lateness of the others', of: times => times.lateness, percentiles: ['p50', 'p99'] },
];

function figuresOf(phases: readonly Phase[]): Figure[] {
  const [before, ...others] = phases as [Phase, ...Phase[]];
  const after = others.pop() as Phase;
  const measured = phases.flatMap(phase => [
    ...OF.flatMap(({ name, of, percentiles }) =>
      percentiles.map(
        (each): Figure => ({
          name: `${name} ${each}, ${phase === after ? 'none again' : phase.name}`,
          value: of(phase.window.times)[each],
          unit: 'ms',
          note: each === 'p50' ? `${of(phase.window.times).count} of them` : loadNote(phase.window),
        }),
      ),
    ),
    ...seen(phase),
  ]);
  const ratios = [...others, after].flatMap(phase =>
    OF.flatMap(({ name, of, percentiles }) =>
      percentiles.map(
        (each): Figure => ({
          name: `${name} ${each}, ${phase === after ? 'none again' : phase.name} / none`,
          value: of(phase.window.times)[each] / of(before.window.times)[each],
          unit: '×',
        }),
      ),
    ),
  );
  const cpu = others.map(
    (phase): Figure => ({
      name: `core used, ${phase.name} / none`,
      value: phase.window.load.cpu / before.window.load.cpu,
      unit: '×',
    }),
  );
  return [...measured, ...ratios, ...cpu];
}

function seen({ name, viewed, heard }: Phase): Figure[] {
  if (!viewed) return [];
  const { seconds } = heard.load;
  return [
    {
      name: `frames to the viewer, ${name}`,
      value: viewed.frames / seconds,
      unit: 'frames/s',
      note: `${(viewed.bytes / seconds / 1024).toFixed(0)} KB/s, ${viewed.dropped} events left out`,
    },
  ];
}
