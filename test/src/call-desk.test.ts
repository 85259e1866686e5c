import { expect, it } from 'vitest';
import { callDesk } from '../../src/call-desk.ts';
import { SimCall } from '../harness/sim-call.ts';

const noneReturns = {
  idOf: () => undefined,
  waiting: 0,
  bringBack: async () => false,
  callerIsGone: async () => {},
  lost: () => {},
};

it('has no other node look after a call that has ended here until its record is written', async () => {
  const sim = new SimCall();
  const takenOver: string[] = [];
  const take = async (callSid: string) => takenOver.push(callSid) > 0;
  const desk = callDesk({
    host: sim.host,
    returning: {
      ...noneReturns,
      bringBack: take,
      callerIsGone: async callSid => void (await take(callSid)),
    },
    store: { isOurs: async () => true, epochOf: () => 1, forsake() {} },
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
  { isOurs: async () => false, isHere: false },
  { isOurs: async () => true, isHere: true },
  { isOurs: () => Promise.reject(new Error('no answer')), isHere: true },
  { isOurs: () => new Promise<boolean>(() => {}), isHere: true },
  { isOurs: async () => true, tenure: 2, isHere: false },
  { isOurs: () => Promise.reject(new Error('no answer')), tenure: 2, isHere: false },
])(
  'A node that had stood still took a caller back whose call another had gone on with: here $isHere where records say $isOurs and the carrier $tenure',
  async ({ isOurs, tenure = 0, isHere }) => {
    const sim = new SimCall();
    const desk = callDesk({
      host: sim.host,
      returning: noneReturns,
      store: { isOurs, epochOf: () => 1, forsake() {} },
      clock: sim.clock,
      isDraining: () => false,
      onAnswered() {},
    });
    const { callSid } = sim.call.start;
    await sim.untilListening();
    const settled = desk.forgetIfTaken(callSid, tenure);
    await sim.pass(2_000);
    expect(await settled).toBe(!isHere);
    expect(desk.has(callSid)).toBe(isHere);
    expect(desk.tenureOf(callSid)).toBe(isHere ? 1 : null);
    expect(await desk.afterStream(callSid)).toEqual({ next: isHere ? 'reconnect' : 'hangUp' });
  },
);
