import { describe, expect, it } from 'vitest';
import { SimCall } from '../harness/sim-call.ts';

const number = '+12025550199';

async function asksForPerson(transferNumber: string | null) {
  const sim = new SimCall({ host: { transferNumber } });
  await sim.untilListening();
  sim.say('agent.');
  return sim;
}

async function transferring() {
  const sim = await asksForPerson(number);
  await sim.until(() => sim.state === 'transferring', 'the transfer');
  return sim;
}

describe('a caller who asks for a person', () => {
  it('hears that nobody is there when there is no number, and is asked what else', async () => {
    const sim = await asksForPerson(null);
    await sim.until(() => sim.call.record.turns().at(-1)?.purpose === 'noOneAvailable', 'the refusal');
    await sim.untilListening();
    expect(sim.call.record.turns().at(-1)?.agent.heard).toMatch(
      /^I'm sorry, nobody can take your call right now\./,
    );
    expect(sim.carrier.isOpen).toBe(true);
  });

  it('is handed to the carrier with the number once the announcement has been heard', async () => {
    const sim = await transferring();
    expect(sim.call.transferTo).toBe(number);
    expect(sim.carrier.isOpen).toBe(false);
    expect(sim.call.record.turns().at(-1)?.agent).toMatchObject({
      heard: expect.stringMatching(/put you through/),
      interrupted: false,
    });
  });

  it('is gone when the person takes the call', async () => {
    const sim = await transferring();
    sim.call.send({ type: 'transfer.connected' });
    expect(await sim.over()).toMatchObject({ outcome: 'transferred' });
  });

  it('is taken to be gone when no news comes', async () => {
    const sim = await transferring();
    expect(await sim.over()).toMatchObject({ outcome: 'transferred' });
  });

  it('is welcomed back when nobody took the call', async () => {
    const sim = await transferring();
    await sim.pass(20_000);
    sim.reconnect();
    await sim.untilListening();
    expect(sim.call.record.turns().at(-1)).toMatchObject({
      purpose: 'noOneAvailable',
      agent: { interrupted: false },
    });
    await sim.converse('what are your opening hours.');
    expect(sim.call.record.turns().at(-1)?.choices).toEqual(['caller.asksOpeningHours']);
  });

  it('may hang up while it rings', async () => {
    const sim = await transferring();
    sim.call.send({ type: 'caller.hungUp' });
    expect(await sim.over()).toMatchObject({ outcome: 'hungUp' });
  });
});
