import { worldsOf, worldWith } from '../world/plan.ts';
import { countTable, faultTable, tellViolations } from '../world/report.ts';
import { Tally } from '../world/tally.ts';
import { World } from '../world/world.ts';
import type { Bench, BenchOptions, BenchResult } from './bench.ts';
import { Peer } from './peer.ts';
import type { WorldMethods } from './world-process.ts';

const CORES = [0, 1];
/** Of what was found, as many are told at length. */
const TOLD = 20;

/**
 * Thousands of calls with every kind of fault on simulated time: nothing may get stuck, get lost or happen twice. With `call`, the
 * story of one of them.
 */
export const world: Bench = {
  name: 'world',
  title: 'A world of calls on simulated time, in which everything goes wrong that can',
  run: options => (options.call === null ? runAll(options) : tellOne(options, options.call)),
};

async function runAll({ calls, seed, onProgress }: BenchOptions): Promise<BenchResult> {
  const worlds = worldsOf(seed, calls);
  const waiting = [...worlds];
  const tally = new Tally();
  const found: string[] = [];
  let done = 0;
  let cpuMs = 0;
  let simulatedMs = 0;
  const startedMs = performance.now();

  const work = async (core: number) => {
    const peer = new Peer<WorldMethods>('world-process', core);
    try {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const answer = await peer.ask('run', next);
        tally.add(answer.counted);
        cpuMs += answer.cpuMs;
        simulatedMs += answer.simulatedMs;
        done += next.calls;
        const { firstCall } = next;
        found.push(...tellViolations(answer.violations, { seed, calls, firstCall }));
        onProgress(`world: ${done} of ${calls} calls, ${found.length} violations`);
      }
    } finally {
      await peer.end();
    }
  };
  await Promise.all(CORES.slice(0, worlds.length).map(work));

  console.log(`\n${faultTable(tally)}\n\n${countTable(tally)}`);
  for (const violation of found.slice(0, TOLD)) console.log(`\n${violation}`);
  return {
    figures: [
      { name: 'violations', value: found.length, unit: 'calls', target: 0 },
      { name: 'calls', value: calls, unit: 'calls', note: `in ${worlds.length} worlds of seed ${seed}` },
      { name: 'CPU a call', value: cpuMs / calls, unit: 'ms' },
      {
        name: 'simulated',
        value: simulatedMs / (performance.now() - startedMs),
        unit: '×',
        note: 'real time',
      },
    ],
    profiles: {},
  };
}

async function tellOne({ calls, seed }: BenchOptions, call: number): Promise<BenchResult> {
  const { options, number } = worldWith(seed, calls, call);
  const result = await new World({
    ...options,
    story: { call: number, tell: line => console.log(line) },
  }).run();
  const { firstCall } = options;
  const found = tellViolations(result.violations, { seed, calls, firstCall });
  for (const violation of found.slice(0, TOLD)) console.log(`\n${violation}`);
  return {
    figures: [{ name: 'violations in its world', value: found.length, unit: 'calls', target: 0 }],
    profiles: {},
  };
}
