import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderStatus } from '../../machines/flows/order-status.ts';
import { inertCallMachine, replay } from '../../runtime/replay.ts';
import { delays, eventful, live, tapes } from '../harness/random-calls.ts';
import { SimCall } from '../harness/sim-call.ts';

describe('the replay of a call’s event log', () => {
  const machine = inertCallMachine(orderStatus);

  it('comes to exactly the same states as the call did', async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(tapes, delays, async (tape, delaysMs) => {
        const { start, steps, entries } = await live(tape, delaysMs);
        const replayed = replay(machine, start, entries);
        expect(replayed.steps).toEqual(steps);
        expect(replayed.strayTimers).toEqual([]);
        for (const { event } of steps) seen.add(event.replace(/^(xstate\.after\.\w+).*/, '$1'));
      }),
      { numRuns: 60, examples: [[eventful, { model: 0, voice: 150 }]] },
    );
    expect([...seen].sort()).toEqual(
      expect.arrayContaining([
        'caller.finished',
        'caller.hungUp',
        'caller.keyed',
        'caller.mayHaveFinished',
        'call.conclude',
        'line.lost',
        'line.resumed',
        'reply.failed',
        'supervisor.tookOver',
        'tools.finished',
        'transfer.failed',
        'voice.finished',
        'xstate.after.silence',
        'xstate.after.supervisorGrace',
      ]),
    );
  });

  it('needs none of the notes', async () => {
    const { start, steps, entries } = await live(
      [{ deed: { kind: 'say', words: 'one zero two four.' }, thenMs: 12_000 }],
      { model: 0, voice: 0 },
    );
    const bare = entries.filter(({ kind }) => kind !== 'note');
    expect(bare.length).toBeLessThan(entries.length);
    expect(replay(machine, start, bare).steps).toEqual(steps);
  });

  it('shows where an edited chart parts from the call', async () => {
    const sim = new SimCall({ inspected: true });
    await sim.untilListening();
    await sim.converse('help.');
    sim.carrier.hangUp();
    await sim.over();
    const impatient = inertCallMachine(orderStatus).provide({
      guards: { isUninterruptible: () => true },
    });
    const { steps } = replay(impatient, sim.call.start, sim.journal.entries);
    const parting = steps.findIndex(
      ({ state }, i) => JSON.stringify(state) !== JSON.stringify(sim.steps[i]?.state),
    );
    expect(steps[parting]).toMatchObject({
      event: 'voice.began',
      state: { live: { floor: { replying: 'disclosing' } } },
    });
  });

  it('takes the flow where the call took it', async () => {
    const sim = new SimCall();
    await sim.untilListening();
    await sim.converse('one zero two four.');
    await sim.converse('yes.');
    await sim.pass(500);
    const { flowState } = replay(machine, sim.call.start, sim.journal.entries);
    expect(flowState).toEqual({ answering: 'orderFound' });
    expect(sim.call.flowSnapshot().value).toEqual(flowState);
  });
});
