import { beforeEach, expect, test } from 'vitest';
import { SimulatedClock } from '../../../runtime/clock.ts';
import { openTools } from '../../../src/tools/index.ts';
import { openWorld, type ToolBench } from './tool-bench.ts';

let bench: ToolBench;
beforeEach(() => {
  bench = openWorld(openTools);
});

const booking = {
  phoneNumber: '2025550100',
  callerName: '',
  reason: 'checkup',
  day: 'monday',
  time: '9:30 AM',
};
const monday = { day: 'monday', partOfDay: 'morning' };

test('the first free time is offered, then the next, then that of another half of a day', async () => {
  expect(await bench.run('findFreeSlot', { ...monday, after: '' })).toMatchObject({
    found: true,
    time: '9:30 AM',
  });
  expect(await bench.run('findFreeSlot', { ...monday, after: '9:30 AM' })).toMatchObject({
    time: '11:15 AM',
  });
  expect(await bench.run('findFreeSlot', { ...monday, after: '11:15 AM' })).toEqual({
    found: false,
    hasOther: true,
    day: 'monday',
    partOfDay: 'afternoon',
    time: '2:00 PM',
  });
  expect(await bench.run('findFreeSlot', { day: 'wednesday', partOfDay: '' })).toMatchObject({
    time: '1:30 PM',
  });
});

test('what is booked is free no more, and is found by its phone number', async () => {
  expect(await bench.run('bookAppointment', booking)).toEqual({ booked: true });
  expect(await bench.run('findFreeSlot', monday)).toMatchObject({ time: '11:15 AM' });
  expect(await bench.run('findAppointment', { phoneNumber: '2025550100' })).toEqual({
    found: true,
    bookedReason: 'a checkup',
    bookedDay: 'Monday',
    bookedTime: '9:30 AM',
  });
  expect(await bench.run('bookAppointment', { ...booking, phoneNumber: '2025550101' })).toEqual({
    booked: false,
  });
});

test('the same request twice books once, and a caller who asks again has it already', async () => {
  await bench.run('bookAppointment', booking, 'key-1');

  expect(await bench.run('bookAppointment', booking, 'key-1')).toEqual({ booked: true });
  expect(await bench.run('bookAppointment', booking, 'key-2')).toEqual({ booked: true });
  await bench.run('cancelAppointment', { phoneNumber: '2025550100' });
  expect(await bench.run('findAppointment', { phoneNumber: '2025550100' })).toEqual({ found: false });
});

test('a moved appointment frees its old time, and stays when the new one is taken', async () => {
  const phoneNumber = '2025550188';
  const friday = { phoneNumber, day: 'friday', time: '8:30 AM' };

  expect(await bench.run('moveAppointment', { ...friday, time: '8:45 AM' })).toEqual({ moved: false });
  expect(await bench.run('moveAppointment', friday)).toEqual({ moved: true });
  expect(await bench.run('moveAppointment', friday)).toEqual({ moved: true });
  expect(await bench.run('findAppointment', { phoneNumber })).toMatchObject({ bookedDay: 'Friday' });
  expect(await bench.run('findFreeSlot', monday)).toMatchObject({ time: '8:30 AM' });
});

test('a full diary has nothing to offer, not even the time that did not suit', async () => {
  for (let at = 0; ; at++) {
    const slot = await bench.run('findFreeSlot', { ...monday });
    if (!slot.found && !slot.hasOther) break;
    expect(at).toBeLessThan(30);
    await bench.run('bookAppointment', {
      ...booking,
      day: slot.day,
      time: slot.time,
      phoneNumber: `20255503${10 + at}`,
    });
  }
  await bench.run('cancelAppointment', { phoneNumber: '2025550147' });

  expect(
    await bench.run('findFreeSlot', { day: 'wednesday', partOfDay: 'morning', after: '9:15 AM' }),
  ).toEqual({
    found: false,
    hasOther: false,
  });
});

test.each([
  [
    'findFreeSlot',
    { day: 'sunday' },
    'findFreeSlot needs day, one of monday, tuesday, wednesday, thursday, friday.',
  ],
  ['findFreeSlot', { day: 'monday', after: 'ten' }, 'findFreeSlot takes after as a time, as "9:30 AM".'],
  ['bookAppointment', { ...booking, phoneNumber: '12' }, 'bookAppointment needs phoneNumber of 10 digits.'],
  ['bookAppointment', { ...booking, time: '' }, 'bookAppointment needs a time, as "9:30 AM".'],
  ['cancelAppointment', {}, 'cancelAppointment needs phoneNumber of 10 digits.'],
])('%s says what is wrong with its input', async (tool, input, error) => {
  await expect(bench.run(tool, input)).rejects.toThrow(error);
});

test('two worlds have two diaries', async () => {
  await bench.run('bookAppointment', booking);
  const other = openWorld(openTools);

  expect(await other.run('findFreeSlot', monday)).toMatchObject({ time: '9:30 AM' });
});

test('what changes something says so, and goes on to its end', () => {
  const tools = [...openTools({ clock: new SimulatedClock(), toolDelayMs: 0 }).values()];
  const changing = tools.filter(tool => tool.changes);

  expect(changing.map(({ name }) => name).sort()).toEqual([
    'bookAppointment',
    'cancelAppointment',
    'moveAppointment',
    'noteCallBack',
    'noteDoNotCall',
    'notePaymentPromise',
  ]);
  expect(changing.every(tool => tool.letFinish)).toBe(true);
  expect(tools.every(tool => tool.inputSchema?.additionalProperties === false)).toBe(true);
});
