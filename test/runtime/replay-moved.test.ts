import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StateValue } from 'xstate';
import { orderStatus } from '../../machines/flows/order-status.ts';
import type { LogEntry } from '../../runtime/journal.ts';
import { inertCallMachine, Replayer, replay } from '../../runtime/replay.ts';
import { act, type Delays, delays, eventful, FickleTool, type Tape, tapes } from '../harness/random-calls.ts';
import { SimCall, type SimOptions } from '../harness/sim-call.ts';

interface Step {
  event: string;
  state: StateValue;
}

/** What became of a call that began at the edge: after so many of its deeds it was handed to the cloud, then its node died. */
interface Fate {
  handedOffAfter: number;
  diedAfter: number;
}

async function livedAcross(tape: Tape, { model, voice }: Delays, { handedOffAfter, diedAfter }: Fate) {
  const tool = new FickleTool();
  const options: SimOptions = {
    navigatorDelayMs: model,
    firstAudioMs: voice,
    recognitionMs: 80,
    tools: [tool.asTool],
    host: { keepsLogs: true, placement: 'edge' },
    inspected: true,
  };
  const cloud: SimOptions['host'] = { keepsLogs: true, node: 'cloud-1', placement: 'cloud' };
  let sim = new SimCall(options);
  tool.clock = sim.clock;
  sim.call.log.note({ type: 'placement.decided', decision: 'hybrid', text: 'The call begins at the edge.' });
  const steps: Step[] = [];
  let isAsked = false;
  let isHandedOff = false;
  for (const [at, { deed, thenMs }] of tape.entries()) {
    if (sim.hasEnded) break;
    if (deed.kind === 'breakTool') tool.isBroken = !tool.isBroken;
    else if (deed.kind !== 'move') await act(sim, deed);
    if (at >= handedOffAfter && !isAsked && !sim.hasEnded) {
      isAsked = true;
      sim.call.send({ type: 'placement.handOff' });
      void sim.handOver(0, cloud).then(moved => {
        isHandedOff = moved;
      });
    }
    await sim.pass(thenMs);
    if (at !== diedAfter || sim.hasEnded || sim.call.isOver) continue;
    steps.push(...sim.steps);
    const restore = { ...sim.leftBehind(), entries: structuredClone(sim.call.log.entries ?? []) };
    sim = new SimCall({ ...options, host: { ...cloud, node: 'cloud-2' }, restore });
    tool.clock = sim.clock;
    sim.reconnect();
  }
  if (!sim.hasEnded) sim.call.send({ type: 'call.hangUp', outcome: 'stopped' });
  await sim.over();
  const entries: LogEntry[] = JSON.parse(JSON.stringify(sim.call.log.entries));
  return { start: sim.call.start, entries, steps: [...steps, ...sim.steps], isHandedOff };
}

/** What a new host does to a call on its arrival comes before anybody can look at it. */
function watched(steps: readonly Step[]): Step[] {
  return steps.filter(({ event }) => !event.startsWith('placement.') && event !== 'line.lost');
}

describe('the replay of a call that moved', () => {
  it('comes to exactly the same states as the call did, at the edge, in the cloud and after its node died', async () => {
    const machine = inertCallMachine(orderStatus);
    let handedOff = 0;
    const fates = fc.record({
      handedOffAfter: fc.integer({ min: 0, max: 8 }),
      diedAfter: fc.integer({ min: 0, max: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(tapes, delays, fates, async (tape, delaysMs, fate) => {
        const { start, entries, steps, isHandedOff } = await livedAcross(tape, delaysMs, fate);
        const replayed = replay(machine, start, entries);
        expect(replayed.strayTimers).toEqual([]);
        expect(watched(replayed.steps)).toEqual(watched(steps));
        if (isHandedOff) handedOff++;
      }),
      {
        numRuns: 20,
        examples: [
          [eventful, { model: 0, voice: 150 }, { handedOffAfter: 2, diedAfter: 7 }],
          [eventful, { model: 200, voice: 0 }, { handedOffAfter: 99, diedAfter: 3 }],
        ],
      },
    );
    expect(handedOff).toBeGreaterThan(0);
  });
});

it('The log of a restored call goes on by the clock on the wall, and its deadlines are where a replay sees them', async () => {
  const deadMs = 7_000;
  const delays = { longestCall: 20_000 };
  const sim = new SimCall({ host: { delays } });
  await sim.untilListening();
  const left = sim.leftBehind();
  const diedMs = sim.call.log.nowMs;
  await sim.pass(deadMs);
  sim.host = sim.anotherHost({ node: 'node-b' });
  sim.call = sim.host.restore(left.frozen, left.entries, left.start);
  sim.reconnect();
  await sim.pass(200);

  expect(sim.call.record.moves).toEqual([
    { atMs: diedMs + deadMs, node: 'node-b', from: 'rehearsal', reason: 'nodeDied' },
  ]);
  const replayer = new Replayer(inertCallMachine(orderStatus).provide({ delays }), sim.call.start);
  for (const entry of [...left.entries, ...sim.journal.entries, ...sim.call.log.pending])
    replayer.take(entry);
  const longest = replayer.timers.find(({ id }) => id.includes('.longestCall.'));
  expect(longest?.dueMs).toBe(delays.longestCall);

  await sim.over();
  const ends = sim.journal.entries.flatMap(entry => (entry.kind === 'timer' ? entry.atMs : []));
  expect(ends).toContain(delays.longestCall);
  expect(sim.summary).toMatchObject({ outcome: 'tooLong' });
});
