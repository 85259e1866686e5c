import type { AnyStateMachine } from 'xstate';
import { flow } from '../../machines/flow.ts';
import { orderStatus } from '../../machines/flows/order-status.ts';
import { systemClock } from '../../runtime/clock.ts';
import { CallFlows } from '../../src/replay/call-flows.ts';
import { compareMany } from '../../src/replay/compare-many.ts';
import type { RecordedCall } from '../../src/replay/recorded-call.ts';
import type { ReplaySummary } from '../../src/replay/summary.ts';
import { SimCall } from '../harness/sim-call.ts';
import type { Bench } from './bench.ts';

const TURNS = 20;
/** Simulated one by one; the others are copies about other orders. */
const LIVED = 10;

const SAYINGS = [
  'one zero two four.',
  'yes.',
  'opening hours.',
  'bananas.',
  'delivery times.',
  'my order number is one zero two four.',
  'no.',
  'help.',
  'one zero two four.',
  'yes.',
  'repeat that.',
];

/** A designer's question, put to a week of calls. */
export const replay: Bench = {
  name: 'replay',
  title: 'How long a week of calls takes through an edited flow',
  async run({ calls: count, onProgress }) {
    onProgress(`living ${LIVED} calls of ${TURNS} turns`);
    const lived: string[] = [];
    for (let at = 0; at < LIVED; at++) lived.push(JSON.stringify(await live(at)));

    onProgress(`replaying ${count} of them`);
    const startedMs = systemClock.now();
    const summary = await compareMany(copies(lived, count), { flows: flowsOfThen(), edited: editedFlow() });
    const tookMs = systemClock.now() - startedMs;
    return {
      figures: [
        {
          name: `${count} calls of ${TURNS} turns through an edited flow`,
          value: tookMs,
          unit: 'ms',
          target: 30 * count,
          note: noteOf(summary),
        },
        { name: 'for each call', value: tookMs / count, unit: 'ms', target: 30 },
      ],
      profiles: {},
    };
  },
};

async function live(at: number): Promise<RecordedCall> {
  const sim = new SimCall();
  await sim.untilListening();
  for (let turn = 0; turn < TURNS && !sim.hasEnded; turn++)
    await sim.converse(SAYINGS[(at + turn) % SAYINGS.length] as string);
  sim.carrier.hangUp();
  const { outcome } = await sim.over();
  return { start: sim.call.start, outcome, entries: sim.journal.entries };
}

/** Each from its text, as from a store, and about an order of its own. */
async function* copies(lived: readonly string[], count: number): AsyncGenerator<RecordedCall> {
  for (let at = 0; at < count; at++) {
    const digits = String(1000 + (at % 9000));
    const text = (lived[at % lived.length] as string)
      .replaceAll('1024', digits)
      .replaceAll('1 0 2 4', [...digits].join(' '));
    const call = JSON.parse(text) as RecordedCall;
    yield { ...call, start: { ...call.start, callId: `call-${at}` } };
  }
}

function flowsOfThen(): CallFlows {
  const info = { languages: ['en'], facts: {} };
  const then = {
    name: 'order-status',
    machine: orderStatus as AnyStateMachine,
    version: 'then',
    file: '',
    info,
  };
  return new CallFlows({ load: async () => then, flowOfVersion: async () => null, named: then });
}

/** Worded otherwise, and without the question whether the number is right. */
function editedFlow(): AnyStateMachine {
  const chart = JSON.parse(JSON.stringify(orderStatus.config));
  chart.on['caller.saysNumber'].target = '.lookingUp';
  chart.states.helping.meta.say = 'Tell me an order number, or say agent.';
  return flow.createMachine(chart) as unknown as AnyStateMachine;
}

function noteOf({ calls, effects, skipped }: ReplaySummary): string {
  const found = Object.entries(effects).flatMap(([effect, tally]) =>
    tally.calls > 0 ? [`${tally.calls} ${effect}`] : [],
  );
  return `${calls} compared: ${found.join(', ')}${skipped.length > 0 ? `; ${skipped[0]?.why}` : ''}`;
}
