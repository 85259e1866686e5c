import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderStatus } from '../../machines/flows/order-status.ts';
import { inertCallMachine, replay } from '../../runtime/replay.ts';
import { SimCall } from '../harness/sim-call.ts';

const words = ['one zero two four.', 'yes.', 'no.', 'goodbye.'];

/** Says one thing after the other until `ms` have passed. */
async function converseFor(sim: SimCall, ms: number) {
  const said = [...words];
  for (let passed = 0; passed < ms; passed += 20) {
    if (sim.state === 'floor.listening.quiet') sim.say(said.shift() ?? 'goodbye.');
    await sim.pass(20);
  }
}

describe('a call that is moved to another node', () => {
  it('goes on from any moment to its end, and the two halves of its log are one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 18_000 }), async atMs => {
        const options = { toolDelayMs: 800, navigatorDelayMs: 100, inspected: true };
        const before = new SimCall(options);
        await converseFor(before, atMs);
        if (before.hasEnded) return;
        const after = before.moved(options);
        after.reconnect();
        await after.untilListening();
        await after.converse('goodbye.');
        if (!after.hasEnded) after.carrier.hangUp();
        const { outcome, turns } = await after.over();

        expect(outcome).toMatch(/completed|hungUp/);
        for (const turn of before.call.record.turns().slice(0, -1))
          expect(turns.find(({ turn: id }) => id === turn.turn)).toEqual(turn);
        const entries = [...after.inherited, ...after.journal.entries];
        expect(replay(inertCallMachine(orderStatus), before.call.start, entries)).toMatchObject({
          steps: [...before.steps, ...after.steps],
          strayTimers: [],
        });
      }),
      { numRuns: 25 },
    );
  });

  it('keeps its deadlines', async () => {
    const before = new SimCall();
    await before.untilListening();
    await before.pass(7_000);
    const after = before.moved();
    await after.pass(900);
    expect(after.state).toBe('floor.listening.quiet');
    await after.pass(200);
    expect(after.call.record.turns().at(-1)?.purpose).toBe('reminder');
  });

  it('is heard although the carrier comes only after the reply was made', async () => {
    const before = new SimCall();
    await before.untilListening();
    before.say('help.');
    await before.until(() => before.state === 'floor.replying.speaking', 'the reply');
    const after = before.moved();
    await after.pass(2_000);
    after.reconnect();
    await after.untilListening();
    expect(after.call.record.turns().at(-1)).toMatchObject({
      agent: { heard: expect.stringMatching(/^You can tell me.*What would you like\?$/) },
    });
  });

  it('is written down in less than four kilobytes', async () => {
    const sim = new SimCall();
    await converseFor(sim, 15_000);
    expect(JSON.stringify(sim.call.freeze()).length).toBeLessThan(4_096);
  });
});
