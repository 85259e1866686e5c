import { expect, it } from 'vitest';
import { callDesk } from '../../src/call-desk.ts';
import { SimCall } from '../harness/sim-call.ts';

it('has no other node look after a call that has ended here until its record is written', async () => {
  const sim = new SimCall();
  const takenOver: string[] = [];
  const take = async (callSid: string) => takenOver.push(callSid) > 0;
  const desk = callDesk({
    host: sim.host,
    returning: {
      awaits: () => false,
      waiting: 0,
      bringBack: take,
      callerIsGone: async callSid => void (await take(callSid)),
    },
    isOurs: async () => true,
    clock: sim.clock,
    isDraining: () => false,
    onAnswered() {},
  });
  const { callSid } = sim.call.start;
  await sim.untilListening();
  sim.journal.failures = 3;
  sim.carrier.hangUp();
  await sim.pass(1_000);

  expect(sim.hasEnded).toBe(true);
  expect(sim.summary).toBeUndefined();
  expect(desk.has(callSid)).toBe(true);
  expect(await desk.afterStream(callSid)).toEqual({ next: 'hangUp' });
  await desk.onDialed(callSid, 'no-answer');
  await desk.onStatus(callSid, 'completed');
  expect(takenOver).toEqual([]);

  await sim.over();
  expect(desk.has(callSid)).toBe(false);
  await desk.onStatus(callSid, 'completed');
  expect(takenOver).toEqual([callSid]);
});

it.each([
  { isOurs: async () => false, next: 'hangUp', isHere: false },
  { isOurs: async () => true, next: 'reconnect', isHere: true },
  { isOurs: () => Promise.reject(new Error('no answer')), next: 'reconnect', isHere: true },
  { isOurs: () => new Promise<boolean>(() => {}), next: 'reconnect', isHere: true },
])(
  'A node that had stood still took a caller back whose call another had gone on with, and ended: $next where records say $isOurs',
  async ({ isOurs, next, isHere }) => {
    const sim = new SimCall();
    const desk = callDesk({
      host: sim.host,
      returning: {
        awaits: () => false,
        waiting: 0,
        bringBack: async () => false,
        callerIsGone: async () => {},
      },
      isOurs,
      clock: sim.clock,
      isDraining: () => false,
      onAnswered() {},
    });
    const { callSid } = sim.call.start;
    await sim.untilListening();
    const answer = desk.afterStream(callSid);
    await sim.pass(2_000);
    expect(await answer).toEqual({ next });
    expect(desk.has(callSid)).toBe(isHere);
  },
);
