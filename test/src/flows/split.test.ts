import fc from 'fast-check';
import { expect, test } from 'vitest';
import { flowFor, readSplit } from '../../../src/flows/split.ts';

test.each([
  ['order-status', { 'order-status': 1 }],
  ['a=90, b=10', { a: 90, b: 10 }],
  ['a=0,b=1', { a: 0, b: 1 }],
])('%s is read', (text, split) => {
  expect(readSplit(text)).toEqual(split);
});

test.each(['', 'a,b', 'a=1,', 'a=1,a=2', 'a=0', 'a=-1', 'A=1', 'a=1.5'])('%j is no split', text => {
  expect(readSplit(text)).toBeNull();
});

test('callers are spread as the weights say, and each keeps to one flow', () => {
  const split = { long: 90, brief: 10 };
  const callers = Array.from({ length: 10_000 }, (_, n) => `+1202555${String(n).padStart(4, '0')}`);
  const brief = callers.filter(caller => flowFor(split, caller) === 'brief').length;

  // Five standard deviations of a fair draw.
  expect(Math.abs(brief - 1_000)).toBeLessThan(150);
  const [first = ''] = callers;
  expect(flowFor({ ...split }, first)).toBe(flowFor(split, first));
});

test('a flow without weight is given to nobody, whoever calls', () => {
  fc.assert(fc.property(fc.string(), caller => flowFor({ off: 0, on: 1, also: 2 }, caller) !== 'off'));
});
