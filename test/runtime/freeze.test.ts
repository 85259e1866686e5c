import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnyMachineSnapshot } from 'xstate';
import { viewFlow } from '../../machines/flow-view.ts';
import { orderStatus } from '../../machines/flows/order-status.ts';
import { inertCallMachine, Replayer, replay } from '../../runtime/replay.ts';
import { delays, eventful, type Lived, live, tapes } from '../harness/random-calls.ts';
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

function flowOf(snapshot: AnyMachineSnapshot) {
  const { state, facts } = viewFlow(snapshot, 'en-US');
  return { state, facts };
}

/** What the caller said that was never taken up, and is not on record as unanswered. */
function lostWords({ call }: SimCall): string[] {
  const { unanswered } = call.root.getSnapshot().output as { unanswered: readonly number[] };
  return call.record.loose
    .filter(utterance => !unanswered.includes(utterance))
    .map(utterance => call.textOf([utterance]));
}

/** The call dies when `killedAt` entries are written, and goes on for its caller. */
async function killAfter({ start, entries, snapshots }: Lived, killedAt: number): Promise<void> {
  const written = entries.slice(0, killedAt);
  const diedMs = written.at(-1)!.atMs;
  const truth = new Replayer(inertCallMachine(orderStatus), start);
  for (const entry of written) truth.take(entry);
  if (truth.snapshot.status !== 'active') return;
  const event = { type: 'line.lost', reason: 'its node died' } as const;
  truth.take({ seq: killedAt + 1, atMs: diedMs, kind: 'event', event });

  const frozen = snapshots.findLast(({ seq }) => seq <= killedAt) ?? null;
  const after = new SimCall({ restore: { start, frozen, entries: written } });
  expect(after.call.state).toEqual(truth.snapshot.value);
  expect(flowOf(after.call.flowSnapshot())).toEqual(flowOf(truth.flow!));
  const { timers } = after.call.freeze().actor;
  expect(timers.map(({ id, leftMs }) => [id, Math.round(leftMs)]).sort()).toEqual(
    truth.timers.map(({ id, dueMs }) => [id, Math.round(dueMs - diedMs)]).sort(),
  );

  if (!after.call.isOver) after.reconnect();
  await after.pass(15_000);
  if (!after.hasEnded) after.carrier.hangUp();
  await after.over();
  expect(lostWords(after)).toEqual([]);
}

describe('a call whose node dies', () => {
  it('goes on from any moment to its end, and the two halves of its log are one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 18_000 }), async atMs => {
        const options = { toolDelayMs: 800, navigatorDelayMs: 100, inspected: true };
        const before = new SimCall(options);
        await converseFor(before, atMs);
        if (before.hasEnded || before.call.isOver) return;
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
      { numRuns: 15 },
    );
  });

  it('stands, killed after any entry of its log, where it stood then, and loses no word of the caller’s', async () => {
    const moments = fc.uniqueArray(fc.double({ min: 0, max: 1, noNaN: true }), {
      minLength: 3,
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(tapes, delays, moments, async (tape, delaysMs, dying) => {
        const lived = await live(tape, delaysMs);
        for (const at of dying) await killAfter(lived, 1 + Math.floor(at * (lived.entries.length - 1)));
      }),
      { numRuns: 15, examples: [[eventful, { model: 200, voice: 150 }, [0.2, 0.4, 0.6, 0.8]]] },
    );
  });

  it('waits for its caller as long as for one whose line was lost, then is over', async () => {
    const before = new SimCall();
    await before.untilListening();
    const after = before.moved();
    expect(after.state).toBe('floor.onHold');
    await after.pass(14_900);
    expect(after.hasEnded).toBe(false);
    expect((await after.over()).outcome).toBe('lineLost');
  });

  it('says one sentence when the caller is back, then asks what it asked', async () => {
    const before = new SimCall();
    await before.untilListening();
    await before.converse('one zero two four.');
    const { facts } = viewFlow(before.call.flowSnapshot(), 'en-US');
    const after = before.moved({ host: { node: 'b' } });
    await after.pass(2_000);
    after.reconnect();
    await after.untilListening();
    const [asked, again] = after.call.record.turns().slice(-2);
    expect(again).toMatchObject({ purpose: 'welcomeBack', agent: { heard: /^Sorry, we were cut off\. / } });
    expect(asked!.agent.heard.endsWith(again!.agent.heard.replace(/^Sorry, we were cut off\. /, ''))).toBe(
      true,
    );
    expect(viewFlow(after.call.flowSnapshot(), 'en-US').facts).toEqual(facts);
    after.carrier.hangUp();
    expect((await after.over()).moves).toEqual([
      { atMs: expect.any(Number), node: 'b', from: 'rehearsal', reason: 'nodeDied' },
    ]);
  });

  it('does not last longer than any call may by the clock on the wall', async () => {
    const delays = { longestCall: 60_000, lineGrace: 50_000 };
    const before = new SimCall({ host: { delays } });
    await before.untilListening();
    const { frozen, entries } = before.leftBehind();
    const { startedAt } = before.call.start;
    const start = { ...before.call.start, startedAt: startedAt - 55_000 };
    const after = new SimCall({ host: { delays }, restore: { start, frozen, entries } });
    await after.pass(1_000);
    expect(after.hasEnded).toBe(false);
    expect((await after.over()).outcome).toBe('tooLong');
    expect(after.clock.now()).toBeLessThan(15_000);
  });

  it('is not taken up when its log says that it has ended', async () => {
    const before = new SimCall();
    await before.untilListening();
    before.carrier.hangUp();
    await before.over();
    expect(() => before.moved()).toThrow('The call had ended when its node died.');
  });

  it('is not taken up by a version that wrote calls down in another way', async () => {
    const before = new SimCall();
    await before.untilListening();
    const { frozen, entries } = before.leftBehind();
    const restore = { frozen: { ...frozen!, schema: 1 as never }, entries };
    expect(() => new SimCall({ restore })).toThrow('in schema 1; this version reads 2');
  });
});
