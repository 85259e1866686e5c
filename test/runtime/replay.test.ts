import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderStatus } from '../../machines/flows/order-status.ts';
import { inertCallMachine, replay } from '../../runtime/replay.ts';
import { SimCall } from '../harness/sim-call.ts';

/** Something that can happen to a call, and then time. */
type Deed = { kind: 'say'; words: string } | { kind: Exclude<Kind, 'say'> };
type Kind =
  | 'say'
  | 'noise'
  | 'key'
  | 'nothing'
  | 'hangUp'
  | 'loseLine'
  | 'breakVoice'
  | 'breakHearing'
  | 'conclude';

const sayings = [
  'one zero two four.',
  'my order number is one zero.',
  'yes.',
  'no.',
  'help.',
  'agent.',
  'bananas',
  'goodbye.',
];
const deeds: fc.Arbitrary<{ deed: Deed; thenMs: number }> = fc.record({
  deed: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...sayings).map(words => ({ kind: 'say' as const, words })) },
    {
      weight: 3,
      arbitrary: fc
        .constantFrom('noise' as const, 'key' as const, 'nothing' as const)
        .map(kind => ({ kind })),
    },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(
          'hangUp' as const,
          'loseLine' as const,
          'breakVoice' as const,
          'breakHearing' as const,
          'conclude' as const,
        )
        .map(kind => ({ kind })),
    },
  ),
  thenMs: fc.integer({ min: 1, max: 500 }).map(frames => frames * 20),
});

async function play(
  tape: readonly { deed: Deed; thenMs: number }[],
  delaysMs: { model: number; voice: number },
) {
  const sim = new SimCall({
    navigatorDelayMs: delaysMs.model,
    firstAudioMs: delaysMs.voice,
    recognitionMs: 80,
    toolDelayMs: 700,
    host: { transferNumber: delaysMs.model > 500 ? '+12025550199' : null },
    inspected: true,
  });
  for (const { deed, thenMs } of tape) {
    if (sim.hasEnded) break;
    await act(sim, deed);
    await sim.pass(thenMs);
  }
  if (!sim.hasEnded) sim.call.send({ type: 'call.hangUp', outcome: 'stopped' });
  await sim.over();
  return sim;
}

async function act(sim: SimCall, deed: Deed): Promise<void> {
  switch (deed.kind) {
    case 'say':
      sim.say(deed.words);
      return;
    case 'noise':
      sim.noise(300);
      return;
    case 'key':
      sim.carrier.key('7');
      return;
    case 'hangUp':
      sim.carrier.hangUp();
      return;
    case 'loseLine':
      sim.carrier.close();
      await sim.pass(2_000);
      if (!sim.hasEnded && !sim.call.isOver) sim.reconnect();
      return;
    case 'breakVoice':
      sim.synthesis.failing = !sim.synthesis.failing;
      return;
    case 'breakHearing':
      sim.recognition.opened.at(-1)?.listener.failed(new Error('gone'));
      return;
    case 'conclude':
      sim.host.conclude();
      return;
    case 'nothing':
      return;
  }
}

const wait = (thenMs: number) => ({ deed: { kind: 'nothing' as const }, thenMs });
const say = (words: string, thenMs: number) => ({ deed: { kind: 'say' as const, words }, thenMs });

/** Something of everything, so that the property is never proved on dull calls alone. */
const eventful = [
  wait(8_000),
  say('one zero two four.', 8_000),
  say('yes.', 12_000),
  say('agent.', 9_000),
  { deed: { kind: 'key' as const }, thenMs: 9_000 },
  { deed: { kind: 'loseLine' as const }, thenMs: 7_000 },
  wait(12_000),
  { deed: { kind: 'breakVoice' as const }, thenMs: 20 },
  say('help.', 2_000),
  { deed: { kind: 'breakVoice' as const }, thenMs: 9_000 },
  { deed: { kind: 'conclude' as const }, thenMs: 1_000 },
  { deed: { kind: 'hangUp' as const }, thenMs: 1_000 },
];

describe('the replay of a call’s event log', () => {
  const machine = inertCallMachine(orderStatus);

  it('comes to exactly the same states as the call did', async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.array(deeds, { minLength: 1, maxLength: 12 }),
        fc.record({ model: fc.constantFrom(0, 200, 3_000), voice: fc.constantFrom(0, 150) }),
        async (tape, delaysMs) => {
          const sim = await play(tape, delaysMs);
          // As a journal gives it back.
          const entries = JSON.parse(JSON.stringify(sim.journal.entries));
          const replayed = replay(machine, sim.call.start, entries);
          expect(replayed.steps).toEqual(sim.steps);
          expect(replayed.strayTimers).toEqual([]);
          for (const { event } of sim.steps) seen.add(event.replace(/^(xstate\.after\.\w+).*/, '$1'));
        },
      ),
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
        'tools.finished',
        'transfer.failed',
        'voice.finished',
        'xstate.after.silence',
      ]),
    );
  });

  it('needs none of the notes', async () => {
    const sim = await play([{ deed: { kind: 'say', words: 'one zero two four.' }, thenMs: 12_000 }], {
      model: 0,
      voice: 0,
    });
    const bare = sim.journal.entries.filter(({ kind }) => kind !== 'note');
    expect(bare.length).toBeLessThan(sim.journal.entries.length);
    expect(replay(machine, sim.call.start, bare).steps).toEqual(sim.steps);
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
