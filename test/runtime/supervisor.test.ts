import { describe, expect, it } from 'vitest';
import type { CallEvent } from '../../machines/call-events.ts';
import { orderStatus } from '../../machines/flows/order-status.ts';
import { CallRecord } from '../../runtime/call-record.ts';
import { BYTES_PER_MS, FRAME_BYTES } from '../../runtime/media/media-streams.ts';
import type { ModelRequest } from '../../runtime/ports.ts';
import { inertCallMachine, replay } from '../../runtime/replay.ts';
import { says, scriptedModel } from '../harness/scripted-providers.ts';
import { SimCall } from '../harness/sim-call.ts';

const by = 'session 3f9a01c2';
const tookOver: CallEvent = { type: 'supervisor.tookOver', by };
const gaveBack: CallEvent = { type: 'supervisor.gaveBack', by };
const whispered = (text: string, say = false): CallEvent => ({ type: 'supervisor.whispered', by, text, say });

/** A supervisor's microphone, for so long. */
async function speak(sim: SimCall, ms: number): Promise<void> {
  for (let spokenMs = 0; spokenMs < ms; spokenMs += 20) {
    sim.call.line.speakInPlace(new Uint8Array(FRAME_BYTES).fill(0x33));
    await sim.pass(20);
  }
}

describe('a supervisor', () => {
  it('takes over from the agent in mid-sentence, talks with the caller, and gives back', async () => {
    const sim = new SimCall({ inspected: true });
    await sim.until(() => sim.state === 'floor.replying.speaking', 'the greeting');
    await sim.pass(500);
    sim.call.send(tookOver);
    expect(sim.carrier.sequence.at(-1)).toBe('clear');
    expect(sim.carrier.isPlaying).toBe(false);

    const playedMs = sim.carrier.playedMs;
    await speak(sim, 2_000);
    await sim.pass(500);
    expect(sim.carrier.playedMs - playedMs).toBe(2_000);
    sim.say('my order is one zero two four.');
    await sim.pass(5_000);
    expect([sim.state, sim.carrier.playedMs - playedMs]).toEqual(['floor.takenOver.attended', 2_000]);

    sim.call.send(gaveBack);
    await sim.untilListening();
    expect(sim.call.record.turns().at(-1)).toMatchObject({
      purpose: 'givenBack',
      agent: {
        heard: expect.stringMatching(/^You are back with me now\. What is your order number\?/),
        interrupted: false,
      },
    });
    await sim.converse('opening hours.');
    expect(sim.call.record.turns().at(-1)?.choices).toEqual(['caller.asksOpeningHours']);

    sim.call.send({ type: 'call.hangUp', outcome: 'stopped', by });
    const summary = await sim.over();
    expect(summary.unanswered).toEqual([]);
    expect(summary.supervision).toMatchObject({
      acts: [
        { by, did: 'tookOver' },
        { by, did: 'gaveBack' },
        { by, did: 'hungUp' },
      ],
      said: [{ text: 'my order is one zero two four', by: 'voice' }],
    });
    // All of it is in the log: a replay goes the same way, and the record can be built again.
    const { entries } = sim.journal;
    const replayed = replay(inertCallMachine(orderStatus), sim.call.start, entries);
    expect(replayed.steps.map(({ state }) => state)).toEqual(sim.steps.map(({ state }) => state));
    const again = CallRecord.of(entries).summarise(sim.call.start, { endedAt: 0, outcome: 'stopped' });
    expect(again.supervision).toEqual(summary.supervision);
  });

  it('leaves a tool that was cut off to the agent, who asks it when the call is given back', async () => {
    const sim = new SimCall({ toolDelayMs: 2_000 });
    await sim.untilListening();
    sim.say('one zero two four.');
    await sim.until(() => sim.state === 'floor.replying.speaking', 'the number to be read back');
    await sim.untilListening();
    sim.say('yes.');
    await sim.until(() => sim.state === 'floor.replying.toolCalling', 'the tool');
    sim.call.send(tookOver);
    await sim.pass(5_000);
    expect(sim.call.record.turns().flatMap(({ tools }) => tools)).toEqual([]);
    sim.call.send(gaveBack);
    await sim.untilListening();
    expect(sim.call.record.turns().at(-1)).toMatchObject({
      purpose: 'givenBack',
      tools: [{ name: 'lookUpOrder', result: { found: true } }],
    });
  });

  it('is heard only while they have the floor, and no faster than time', async () => {
    const sim = new SimCall();
    await sim.untilListening();
    const before = sim.carrier.playedMs;
    await speak(sim, 500);
    expect(sim.carrier.playedMs).toBe(before);
    sim.call.send(tookOver);
    for (let i = 0; i < 1_000; i++) sim.call.line.speakInPlace(new Uint8Array(FRAME_BYTES));
    await sim.pass(5_000);
    expect(sim.carrier.playedMs - before).toBeLessThanOrEqual(1_000 + FRAME_BYTES / BYTES_PER_MS);
    sim.call.send(gaveBack);
    await speak(sim, 100);
    await sim.untilListening();
    expect(sim.call.record.turns().at(-1)?.agent.interrupted).toBe(false);
  });

  it('loses the floor to the agent when the connection stays away, who answers what was said meanwhile', async () => {
    const sim = new SimCall();
    await sim.untilListening();
    sim.call.send(tookOver);
    sim.call.send({ type: 'supervisor.left', by });
    sim.say('opening hours.');
    await sim.pass(9_000);
    expect(sim.state).toBe('floor.takenOver.away');
    await sim.untilListening();
    expect(sim.call.record.turns().at(-1)).toMatchObject({
      purpose: 'answer',
      caller: { text: 'opening hours' },
      choices: ['caller.asksOpeningHours'],
    });
    expect(sim.call.record.supervision.floor).toBe(null);
  });

  it('keeps the call through a lost line', async () => {
    const sim = new SimCall();
    await sim.untilListening();
    sim.call.send(tookOver);
    sim.carrier.close();
    await sim.pass(3_000);
    sim.reconnect();
    expect(sim.state).toBe('floor.takenOver.attended');
    await speak(sim, 1_000);
    await sim.pass(500);
    expect(sim.carrier.playedMs).toBe(1_000);
  });

  it('has a dictated line said word for word once the agent has finished', async () => {
    const sim = new SimCall();
    await sim.until(() => sim.state === 'floor.replying.speaking', 'the greeting');
    sim.call.send(whispered('We will refund the shipping.', true));
    await sim.until(() => sim.call.record.turns().length === 2, 'the line');
    await sim.untilListening();
    expect(sim.call.record.turns()).toMatchObject([
      { purpose: 'greeting', agent: { interrupted: false } },
      { purpose: 'supervisor', agent: { heard: 'We will refund the shipping.', interrupted: false } },
    ]);
    expect(sim.call.record.messages(9).at(-1)).toEqual({
      role: 'agent',
      text: 'We will refund the shipping.',
    });
  });

  it('says a dictated line even when the node dies before', async () => {
    const first = new SimCall();
    await first.until(() => first.state === 'floor.replying.speaking', 'the greeting');
    first.call.send(whispered('We will refund the shipping.', true));
    const sim = first.moved();
    sim.reconnect();
    await sim.until(() => sim.call.record.turns().at(-1)?.purpose === 'supervisor', 'the line');
    await sim.untilListening();
    expect(sim.call.record.turns().at(-1)?.agent.heard).toBe('We will refund the shipping.');
  });

  it('whispers to the model, which is told until a reply that it was told of has been heard', async () => {
    const model = scriptedModel(() => says('Certainly, that is how it is done here.'));
    const sim = new SimCall({ providers: { model } });
    const notesOf = (request: ModelRequest | undefined) => request?.notes;
    await sim.untilListening();
    sim.call.send(whispered('Offer a discount of ten percent.'));
    sim.call.send(whispered('Be brief.'));
    sim.say('help.');
    await sim.until(() => model.requests.length === 2, 'the request');
    // More words before anything was heard: the reply is given up, and another thought of.
    sim.say('please.');
    await sim.until(() => model.requests.length > 2, 'another request');
    await sim.untilListening();
    const [greeting, ...answers] = model.requests;
    expect(notesOf(greeting)).toBe(undefined);
    for (const request of answers)
      expect(notesOf(request)).toEqual(['Offer a discount of ten percent.', 'Be brief.']);
    await sim.converse('help.');
    expect(notesOf(model.requests.at(-1))).toBe(undefined);
  });

  it('passes the caller to any number, or to the one of the agent', async () => {
    for (const number of ['+12025550142', null]) {
      const sim = new SimCall({ host: { transferNumber: '+12025550199' } });
      await sim.untilListening();
      sim.call.send({ type: 'call.transfer', number, by });
      expect([sim.state, sim.call.transferTo]).toEqual(['transferring', number ?? '+12025550199']);
      expect(sim.carrier.isOpen).toBe(false);
      sim.call.send({ type: 'transfer.connected' });
      expect(await sim.over()).toMatchObject({
        outcome: 'transferred',
        supervision: { acts: [{ by, did: 'transferred' }] },
      });
    }
  });

  it('has the agent say goodbye before the end', async () => {
    const sim = new SimCall();
    await sim.untilListening();
    sim.call.send({ type: 'call.conclude', outcome: 'stopped', by });
    const summary = await sim.over();
    expect(summary.turns.at(-1)).toMatchObject({ purpose: 'farewell', agent: { interrupted: false } });
    expect(summary).toMatchObject({ outcome: 'stopped', supervision: { acts: [{ by, did: 'hungUp' }] } });
  });
});
