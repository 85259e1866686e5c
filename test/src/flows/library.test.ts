import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadFlow } from '../../../src/flows/flows.ts';
import { FlowLibrary } from '../../../src/flows/library.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flows-'));
  await write('one', 'Hi.');
  await write('two', 'Hello.');
});
afterEach(() => rm(folder, { recursive: true }));

const write = (name: string, say: string) =>
  writeFile(join(folder, `${name}.json`), JSON.stringify({ initial: 'a', states: { a: { meta: { say } } } }));

test('an edited flow is for new calls; calls that have begun keep theirs', async () => {
  const library = await FlowLibrary.open(folder, ['one']);
  const served = library.serve(() => ({ one: 1 }));
  const before = served.choose('+1');
  const running = { flow: before.name, flowVersion: before.version };
  const chart = served.chartOf(running);

  await write('one', 'Good day.');
  expect(await library.putInForce(await loadFlow('one', folder))).toBe(true);

  expect(served.choose('+1').version).not.toBe(before.version);
  expect(served.chartOf(running)).toBe(chart);
});

test('the same content put in force again changes nothing', async () => {
  const library = await FlowLibrary.open(folder, ['one']);
  const chart = library.inForce('one').machine;

  expect(await library.putInForce(await loadFlow('one', folder))).toBe(false);
  expect(library.inForce('one').machine).toBe(chart);
});

test('a split that is changed holds for the next call', async () => {
  const library = await FlowLibrary.open(folder, ['one', 'two']);
  let split: Record<string, number> = { one: 1 };
  const served = library.serve(() => split);
  expect(served.choose('+1').name).toBe('one');

  split = { one: 0, two: 1 };
  expect(served.choose('+1').name).toBe('two');
});

test('a version is put in force only after whoever keeps versions has it', async () => {
  const kept: string[] = [];
  const library = await FlowLibrary.open(folder, ['one'], async ({ version }) => {
    kept.push(version);
  });
  expect(kept).toEqual([library.inForce('one').version]);

  const refusing = FlowLibrary.open(folder, ['one'], () => Promise.reject(new Error('the disk is full')));
  await expect(refusing).rejects.toThrow('the disk is full');
});

test('a version that nobody knows is an error that names it', async () => {
  const served = (await FlowLibrary.open(folder, ['one'])).serve(() => ({ one: 1 }));
  expect(() => served.chartOf({ flow: 'one', flowVersion: 'gone' })).toThrow('Version gone of the flow one');
});
