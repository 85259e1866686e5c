import type { Bench, Figure } from './bench.ts';
import { onStage } from './stage.ts';

const PROVIDERS = { recognitionMs: 0, modelMs: 0, voiceMs: 0, letterMs: 60 };
/** Greeted, interrupting, answered, gone. */
const MANNER = { phrases: ['opening hours.'], interruptsAfterMs: 100, turns: 2 };
const CALLS_PER_SECOND = 250;
const CALLS_PER_ROUND = 250;
/** Fills what is bounded (the last thousand tokens) and lets the engine compile what it will. */
const WARM_UP_ROUNDS = 8;
const ROUNDS = 4;
/** What the engine itself moves by, spread over a round's calls. */
const NOISE_KB = 0.25;

/** Whether calls leave anything behind: the heap after collection, round after round of short calls. */
export const growth: Bench = {
  name: 'growth',
  title: 'What a thousand short calls leave in memory',
  run({ storage }) {
    return onStage({ transport: 'auto', storage, providers: PROVIDERS }, async ({ server, callers, url }) => {
      const heaps: number[] = [];
      for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
        await callers.ask('short', {
          url,
          calls: CALLS_PER_ROUND,
          perSecond: CALLS_PER_SECOND,
          manner: MANNER,
        });
        await server.ask('idle', null);
        const { heapBytes } = await server.ask('memory', null);
        if (round >= WARM_UP_ROUNDS - 1) heaps.push(heapBytes / 1024);
      }

      const rounds = heaps.map(heap => (heap / 1024).toFixed(2)).join(', ');
      const figures: Figure[] = [
        {
          name: 'heap left behind by a call (slope)',
          value: slope(heaps) / CALLS_PER_ROUND,
          unit: 'KB',
          target: NOISE_KB,
          note: `${ROUNDS * CALLS_PER_ROUND} calls; MB after each ${CALLS_PER_ROUND}: ${rounds}`,
        },
        { name: 'heap grown over them', value: heaps.at(-1)! - heaps[0]!, unit: 'KB' },
      ];
      return { figures, profiles: {} };
    });
  },
};

/** Of the line that fits best, a step. */
function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const rise = values.reduce((sum, value, at) => sum + (at - middle) * (value - mean), 0);
  return rise / values.reduce((sum, _, at) => sum + (at - middle) ** 2, 0);
}
