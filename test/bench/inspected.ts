import type { Bench, BenchOptions, BenchResult, Figure } from './bench.ts';
import type { Heard } from './caller-process.ts';
import type { HotSpot } from './profiler.ts';
import type { Window } from './server-process.ts';
import { onStage, type Stage } from './stage.ts';
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
/** Each looks at nothing, at one call and at all, in another order: a machine that others use changes by the second. */
const ROUNDS = 5;
const SHORTEST_S = 2;
const LOOKS = ['none', 'one', 'all'] as const;
type Look = (typeof LOOKS)[number];

interface Piece {
  window: Window;
  heard: Heard;
  viewed: { frames: number; bytes: number; dropped: number };
  inspected: number;
}
type Round = Record<Look, Piece>;

/** What calls that nobody looks at feel of others being inspected, beside none inspected in the same run. */
export const inspected: Bench = {
  name: 'inspected',
  title: 'What the other calls feel while one is inspected, and while as many are as may be',
  run(options: BenchOptions): Promise<BenchResult> {
    return onStage({ transport: 'auto', storage: options.storage, providers: PROVIDERS }, async stage => {
      const calls = Math.max(2, Math.round(options.calls / 5));
      await stage.callers.ask('converse', { url: stage.url, calls, perSecond: 50, manner: MANNER });
      await stage.measure(WARM_UP_S, false);
      const rounds: Round[] = [];
      while (rounds.length < ROUNDS) {
        options.onProgress(`inspected: round ${rounds.length + 1} of ${ROUNDS}`);
        const pieces: Partial<Round> = {};
        for (const [at] of LOOKS.entries()) {
          const look = LOOKS[(at + rounds.length) % LOOKS.length] as Look;
          pieces[look] = await measure(stage, look, options);
        }
        rounds.push(pieces as Round);
      }
      await stage.callers.ask('hangUp', null);
      return { figures: figuresOf(rounds), profiles: options.profile ? profilesOf(rounds) : {} };
    });
  },
};

async function measure(stage: Stage, look: Look, { seconds, profile }: BenchOptions): Promise<Piece> {
  const { server, callers, url } = stage;
  const callSids =
    look === 'none' ? [] : await callers.ask('inspect', { url, call: look, most: MOST_EVENTS });
  await server.ask('setApart', { callSids });
  const { window, heard } = await stage.measure(Math.max(SHORTEST_S, seconds / ROUNDS), profile);
  return {
    window,
    heard,
    viewed: await callers.ask('stopInspecting', null),
    inspected: callSids.length,
  };
}

interface Measure {
  name: string;
  unit: Figure['unit'];
  of(piece: Piece): number;
}

const MEASURES: readonly Measure[] = [
  ...percentiles('overhead of the others', times => times.overhead, ['p50', 'p95', 'p99']),
  ...percentiles('frame lateness of the others', times => times.lateness, ['p50', 'p95', 'p99']),
  { name: 'core used', unit: '%', of: ({ window }) => 100 * window.load.cpu },
  { name: 'waiting for the core', unit: '%', of: ({ window }) => 100 * (window.load.waited ?? Number.NaN) },
];

function percentiles(
  name: string,
  of: (times: Times) => Times['overhead'],
  which: readonly ('p50' | 'p95' | 'p99')[],
): Measure[] {
  return which.map(each => ({
    name: `${name} ${each}`,
    unit: 'ms',
    of: ({ window }) => of(window.times)[each],
  }));
}

function figuresOf(rounds: readonly Round[]): Figure[] {
  const nameOf = (look: Look) =>
    `${look === 'none' ? 'none' : (rounds[0] as Round)[look].inspected} inspected`;
  const values = (look: Look, { of }: Measure) => rounds.map(round => of(round[look]));
  const side = MEASURES.flatMap(measured =>
    LOOKS.map((look): Figure => {
      const all = values(look, measured);
      const range = [Math.min(...all), Math.max(...all)].map(value => value.toFixed(2)).join(' … ');
      return {
        name: `${measured.name}, ${nameOf(look)}`,
        value: median(all),
        unit: measured.unit,
        note: `${range} in ${rounds.length} rounds`,
      };
    }),
  );
  const ratios = MEASURES.slice(0, -1).flatMap(measured =>
    (['one', 'all'] as const).map(
      (look): Figure => ({
        name: `${measured.name}, ${nameOf(look)} / none`,
        value: median(rounds.map(round => measured.of(round[look]) / measured.of(round.none))),
        unit: '×',
      }),
    ),
  );
  return [...side, ...(['one', 'all'] as const).map(look => seen(look, rounds, nameOf(look))), ...ratios];
}

function seen(look: Look, rounds: readonly Round[], name: string): Figure {
  const sum = (of: (piece: Piece) => number) => rounds.reduce((total, round) => total + of(round[look]), 0);
  const seconds = sum(({ heard }) => heard.load.seconds);
  const bytes = sum(({ viewed }) => viewed.bytes);
  return {
    name: `frames to the viewer, ${name}`,
    value: sum(({ viewed }) => viewed.frames) / seconds,
    unit: 'frames/s',
    note: `${(bytes / seconds / 1024).toFixed(0)} KB/s, ${sum(({ viewed }) => viewed.dropped)} events left out`,
  };
}

function profilesOf(rounds: readonly Round[]): Record<string, HotSpot[]> {
  const last = rounds.at(-1) as Round;
  return Object.fromEntries(LOOKS.map(look => [`inspected: ${look}`, last[look].window.profile]));
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
