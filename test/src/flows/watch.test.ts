import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../../runtime/clock.ts';
import { FlowLibrary } from '../../../src/flows/library.ts';
import { type FlowNews, watchFlows } from '../../../src/flows/watch.ts';

let folder: string;
let library: FlowLibrary;
let news: AsyncIterator<FlowNews>;
let stop: () => void;
let storeIsAway = false;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flows-'));
  await mkdir(join(folder, 'parts'));
  await write('parts/naming', {
    initial: 'a',
    states: { a: { meta: { say: 'Who?' } }, b: { type: 'final' } },
  });
  await write('one', { initial: 'x', states: { x: { meta: { subflow: 'naming' }, onDone: 'y' }, y: {} } });
  await write('two', { initial: 'a', states: { a: { meta: { say: 'Hi.' } } } });
  storeIsAway = false;
  library = await FlowLibrary.open(folder, ['one', 'two'], async () => {
    if (storeIsAway) throw new Error('the store is away');
  });
  const heard: FlowNews[] = [];
  let wake = () => {};
  stop = watchFlows({
    library,
    clock: systemClock,
    check: async ({ machine }) =>
      JSON.stringify(machine.config).includes('rude') ? ['two.a: it is rude.'] : [],
    onNews: item => {
      heard.push(item);
      wake();
    },
  });
  news = (async function* () {
    for (;;) {
      while (heard.length === 0) await new Promise<void>(resolve => (wake = resolve));
      yield heard.shift() as FlowNews;
    }
  })();
});

afterEach(async () => {
  stop();
  await rm(folder, { recursive: true });
});

const write = (name: string, content: object | string) =>
  writeFile(join(folder, `${name}.json`), typeof content === 'string' ? content : JSON.stringify(content));
const next = async () => (await news.next()).value as FlowNews;

test('a saved flow is in force for new calls at once, one that is unsound or broken is not', async () => {
  const version = library.inForce('two').version;

  await write('two', { initial: 'a', states: { a: { meta: { say: 'Something rude.' } } } });
  expect(await next()).toEqual({ kind: 'refused', name: 'two', problems: ['two.a: it is rude.'] });
  await write('two', '{ "initial": ');
  expect(await next()).toMatchObject({ kind: 'refused', problems: [expect.stringContaining('two.json')] });
  expect(library.inForce('two').version).toBe(version);

  await write('two', { initial: 'a', states: { a: { meta: { say: 'Good day.' } } } });
  expect(await next()).toMatchObject({ kind: 'inForce', flow: { name: 'two' } });
  expect(library.inForce('two').version).not.toBe(version);
});

test('a saved part changes the flows that hold it, and no other', async () => {
  const other = library.inForce('two').version;

  await write('parts/naming', {
    initial: 'a',
    states: { a: { meta: { say: 'Your name?' } }, b: { type: 'final' } },
  });

  expect(await next()).toMatchObject({ kind: 'inForce', flow: { name: 'one' } });
  expect(library.inForce('two').version).toBe(other);
});

test('a version that cannot be stored is not put in force, and the next save tries again', async () => {
  const version = library.inForce('two').version;
  const edited = { initial: 'a', states: { a: { meta: { say: 'Good day.' } } } };
  storeIsAway = true;
  await write('two', edited);
  expect(await next()).toEqual({ kind: 'refused', name: 'two', problems: ['the store is away'] });
  expect(library.inForce('two').version).toBe(version);

  storeIsAway = false;
  await write('two', edited);
  expect(await next()).toMatchObject({ kind: 'inForce', flow: { name: 'two' } });
});
