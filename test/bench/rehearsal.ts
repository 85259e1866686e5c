import { loadFlow } from '../../src/flows/flows.ts';
import { openRehearsal } from '../../src/rehearsal/rehearsal.ts';
import type { Bench } from './bench.ts';

/** Calls that nobody times, until the engine has made the code fast. */
const WARM_UP = 20;
const BATCH = 20;

/** How many times faster than real time a whole call is rehearsed: six turns, a tool, a barge-in, keys and a reminder. */
export const rehearsal: Bench = {
  name: 'rehearsal',
  title: 'Rehearsal: a whole call on simulated time',
  async run({ seconds }) {
    const { machine } = await loadFlow('order-status');
    const firstMs = performance.now();
    const callMs = await rehearse(machine);
    const coldMs = performance.now() - firstMs;
    for (let i = 0; i < WARM_UP; i++) await rehearse(machine);

    const ratios: number[] = [];
    for (const endMs = performance.now() + seconds * 1_000; performance.now() < endMs; ) {
      const sinceMs = performance.now();
      let simulatedMs = 0;
      for (let i = 0; i < BATCH; i++) simulatedMs += await rehearse(machine);
      ratios.push(simulatedMs / (performance.now() - sinceMs));
    }
    ratios.sort((one, other) => one - other);
    const median = ratios[Math.floor(ratios.length / 2)] ?? 0;
    return {
      figures: [
        { name: 'faster than real time, median', value: median, unit: '×', note: 'should be 1,000 at least' },
        { name: 'faster than real time, worst of the batches', value: ratios[0] ?? 0, unit: '×' },
        { name: 'faster than real time, first call of the process', value: callMs / coldMs, unit: '×' },
        { name: 'the call', value: callMs, unit: 'ms' },
      ],
      profiles: {},
    };
  },
};

async function rehearse(flow: Parameters<typeof openRehearsal>[0]['flow']): Promise<number> {
  const call = openRehearsal({ flow });
  await call.untilListening();
  await call.callerSays('My order number is one zero two four.');
  await call.untilListening();
  await call.callerSays('Yes.');
  await call.untilHeard({ words: 12 });
  await call.callerSays('What are your opening hours?');
  await call.untilListening();
  await call.callerKeys('1138#');
  await call.untilListening();
  await call.silence(9_000);
  await call.untilListening();
  await call.callerSays('No thanks.');
  await call.untilListening();
  const { outcome } = await call.end();
  if (outcome !== 'completed') throw new Error(`The rehearsed call ended as ${outcome}.`);
  return call.clock.now();
}
