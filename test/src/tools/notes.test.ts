import { beforeEach, expect, test } from 'vitest';
import { openTools } from '../../../src/tools/index.ts';
import { notesOf } from '../../../src/tools/notes.ts';
import { openWorld, type ToolBench } from './tool-bench.ts';

let bench: ToolBench;
beforeEach(() => {
  bench = openWorld(openTools);
});

test('each wish is noted once, however often the same request comes', async () => {
  const callBack = { phoneNumber: '2025550123', callerName: 'ann lee', callBackTime: 'morning' };
  for (const key of ['one', 'one', 'two']) await bench.run('noteCallBack', callBack, key);
  await bench.run('notePaymentPromise', { accountNumber: '700412', payDay: 'friday' });
  await bench.run('noteDoNotCall', {}, 'three', 'call-7');

  expect(notesOf(bench.world).all).toEqual([
    { kind: 'callBack', ...callBack },
    { kind: 'callBack', ...callBack },
    { kind: 'paymentPromise', accountNumber: '700412', payDay: 'friday' },
    { kind: 'doNotCall', callId: 'call-7' },
  ]);
});

test('a person is verified by postcode and year of birth, and has two tries a call', async () => {
  const right = { postcode: '20001', birthYear: '1984' };
  const wrong = { ...right, birthYear: '1985' };

  expect(await bench.run('verifyPerson', wrong, 'one')).toEqual({ verified: false, mayTryAgain: true });
  expect(await bench.run('verifyPerson', wrong, 'one')).toEqual({ verified: false, mayTryAgain: true });
  expect(await bench.run('verifyPerson', wrong, 'two')).toEqual({ verified: false, mayTryAgain: false });
  expect(await bench.run('verifyPerson', right, 'three')).toEqual({ verified: false, mayTryAgain: false });
  expect(await bench.run('verifyPerson', right, 'four', 'call-2')).toEqual({
    verified: true,
    accountNumber: '700412',
  });
});

test('the balance is told in a form that every language can say', async () => {
  expect(await bench.run('lookUpBalance', { accountNumber: '700412' })).toEqual({
    owes: true,
    amount: '$128.40',
    dueDate: '2026-11-05',
  });
  expect(await bench.run('lookUpBalance', { accountNumber: '700729' })).toEqual({ owes: false });
  await expect(bench.run('lookUpBalance', { accountNumber: '111111' })).rejects.toThrow('knows no account');
});

test('a line is good, weak, down or unknown, and the handbook has advice for every symptom', async () => {
  const test = (phoneNumber: string) => bench.run('testLine', { phoneNumber });

  expect(await test('2025550123')).toEqual({ condition: 'good' });
  expect(await test('2025550147')).toEqual({ condition: 'outage', repairedBy: 'six this evening' });
  expect(await test('2025550100')).toEqual({ condition: 'unknown' });
  for (const symptom of ['noInternet', 'slow', 'drops', 'noWifi'])
    expect((await bench.run('findAdvice', { symptom })).advice).toMatch(/^[A-Z].*\.$/);
});

test.each([
  ['noteCallBack', { phoneNumber: '2025550123', callBackTime: 'noon' }, 'one of morning, afternoon'],
  ['notePaymentPromise', { accountNumber: '7', payDay: 'friday' }, 'accountNumber of 6 digits'],
  ['verifyPerson', { postcode: '2000', birthYear: '1984' }, 'postcode of 5 digits'],
  ['findAdvice', { symptom: 'noise' }, 'one of noInternet, slow, drops, noWifi'],
])('%s says what is wrong with its input', async (tool, input, error) => {
  await expect(bench.run(tool, input)).rejects.toThrow(error);
});
