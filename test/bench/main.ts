import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { bargeIn } from './barge-in.ts';
import type { Bench, BenchResult, Figure } from './bench.ts';
import { cache } from './cache.ts';
import { crash } from './crash.ts';
import { drain } from './drain.ts';
import { growth } from './growth.ts';
import { handoff } from './handoff.ts';
import { hearing } from './hearing.ts';
import { inspected } from './inspected.ts';
import { liveList } from './live-list.ts';
import { load } from './load.ts';
import { overhead } from './overhead.ts';
import { canPin } from './peer.ts';
import { rehearsal } from './rehearsal.ts';
import { replay } from './replay.ts';
import { hotSpots, isShort, table } from './report.ts';
import { response } from './response.ts';
import { saving } from './saving.ts';
import { world } from './world.ts';

const benches: readonly Bench[] = [
  response,
  overhead,
  bargeIn,
  load,
  inspected,
  growth,
  rehearsal,
  replay,
  saving,
  crash,
  drain,
  handoff,
  hearing,
  liveList,
  world,
  cache,
];

interface Flags {
  calls: number;
  seconds: number;
  seed: number;
  only?: string;
  out: string;
  storage: 'memory' | 'pglite';
  repeat: number;
  profile: boolean;
  quick: boolean;
  strict: boolean;
}

const command = new Command('bench')
  .description('Measures what this product adds to a call, and how many calls a core carries.')
  .addArgument(new Argument('[bench]', 'one bench alone').choices(benches.map(({ name }) => name)))
  .option('--calls <n>', 'concurrent calls of the load; latencies are taken with a tenth', count, 1_000)
  .option('--seconds <n>', 'length of each measurement', count, 10)
  .option('--seed <n>', 'of all that the simulated world leaves to chance', count, 1)
  .option('--only <what>', 'one bench by its name; of the world, the story of one call by its number')
  .option('--out <file>', 'where the figures go as JSON', 'bench-results.json')
  .addOption(new Option('--storage <kind>', 'the journal').choices(['memory', 'pglite']).default('memory'))
  .option('--repeat <n>', 'runs each bench so often and gives medians', count, 1)
  .option('--profile', 'say which functions took the time; costs some itself', false)
  .option('--quick', 'a tenth of the calls for 3 seconds: to see that it works, not to measure', false)
  .option('--strict', 'fail when a target is missed', false);

const flags = command.parse().opts<Flags>();
const [named] = command.args;
const call = named === 'world' && flags.only !== undefined ? number(flags.only) : null;
const only = named ?? flags.only;
if (only !== undefined && !benches.some(({ name }) => name === only))
  command.error(`There is no bench ${only}; there are ${benches.map(({ name }) => name).join(', ')}.`);
const scale = flags.quick ? { calls: Math.ceil(flags.calls / 10), seconds: 3 } : {};
const options = { ...flags, ...scale, call, onProgress: (message: string) => console.error(`${message} …`) };

if (!canPin)
  console.error(
    'taskset is missing or there is one core alone: server and callers share cores, so numbers mean less.',
  );

const results: Record<string, BenchResult> = {};
for (const bench of benches) {
  if (only !== undefined && bench.name !== only) continue;
  const runs: BenchResult[] = [];
  for (let run = 0; run < flags.repeat; run++) {
    options.onProgress(`${bench.name}${flags.repeat > 1 ? ` ${run + 1}/${flags.repeat}` : ''}`);
    runs.push(await bench.run(options));
  }
  const result = { figures: medians(runs), profiles: runs[0]!.profiles };
  results[bench.name] = result;
  console.log(`\n${bench.title}\n${table(result.figures)}`);
  for (const [process, spots] of Object.entries(result.profiles))
    console.log(`\n${hotSpots(process, spots)}`);
}

const missed = Object.values(results).flatMap(({ figures }) => figures.filter(isShort));
console.log(missed.length === 0 ? '\nAll targets met.' : `\n${missed.length} short of the target.`);
writeFileSync(flags.out, `${JSON.stringify({ machine: machine(), options: flags, results }, null, 2)}\n`);
if (flags.strict && missed.length > 0) process.exitCode = 1;

/** The runs have the same figures in the same order; the notes are of the run in the middle. */
function medians(runs: readonly BenchResult[]): Figure[] {
  return runs[0]!.figures.map((_, at) => {
    const figures = runs.map(run => run.figures[at]!).sort((one, other) => one.value - other.value);
    return figures[Math.floor(figures.length / 2)]!;
  });
}

function machine() {
  const [cpu] = cpus();
  return {
    cpu: cpu?.model,
    cores: cpus().length,
    node: process.version,
    loadAverage: loadavg()[0],
    pinned: canPin,
  };
}

function count(text: string): number {
  const value = number(text);
  if (value < 1) throw new InvalidArgumentError('Give a whole number from 1.');
  return value;
}

function number(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('Give a whole number.');
  return value;
}
