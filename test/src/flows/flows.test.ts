import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createActor } from 'xstate';
import { viewFlow } from '../../../machines/flow-view.ts';
import { FlowFileError, readFlowFile } from '../../../src/flows/flow-file.ts';
import { flowNames, loadFlow, loadFlows, partNames } from '../../../src/flows/flows.ts';
import { defaultFlowFolder } from '../../../src/flows/folder.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flows-'));
});

afterEach(() => rm(folder, { recursive: true }));

const write = async (name: string, text: string) => {
  const file = join(folder, name);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, text);
  return file;
};

const chart = (say: string, extra = '') =>
  `import { flow } from '../flow.ts';
   export const hello = flow.createMachine({
     id: 'hello',
     context: { facts: {} },
     initial: 'greeting',
     states: { greeting: { meta: { say: '${say}' } } },
   });${extra}`;

const firstLine = async (name: string) =>
  viewFlow(createActor((await loadFlow(name, folder)).machine).getSnapshot(), 'en').say;

test('a flow is loaded by name from its source, wherever its folder is', async () => {
  await copyFile(join(defaultFlowFolder(), 'order-status.ts'), join(folder, 'orders.ts'));

  const here = await loadFlow('orders', folder);
  const there = await loadFlow('order-status');

  expect(here).toMatchObject({ name: 'orders', file: join(folder, 'orders.ts'), version: there.version });
  expect(here.info.facts).toHaveProperty('orderNumber');
});

test('the same chart as JSON needs no code, and an identifier is the file name', async () => {
  await write(
    'hello.json',
    '{ "initial": "greeting", "states": { "greeting": { "meta": { "say": "Hi." } } } }',
  );

  expect((await loadFlow('hello', folder)).machine.id).toBe('hello');
  expect(await firstLine('hello')).toBe('Hi.');
});

test('an edited file is another version at once, and the old text the old one', async () => {
  await write('hello.ts', chart('Hi.'));
  const before = await loadFlow('hello', folder);
  await write('hello.ts', chart('Hello.'));
  const after = await loadFlow('hello', folder);
  await write('hello.ts', `// A comment is no content.\n${chart('Hi.')}`);

  expect(await firstLine('hello')).toBe('Hi.');
  expect(after.version).not.toBe(before.version);
  expect((await loadFlow('hello', folder)).version).toBe(before.version);
});

test('a flow whose own code changed is another version', async () => {
  const guarded = (rule: string) =>
    chart('Hi.').replace(
      'flow.createMachine',
      `flow.extend({ guards: { isLate: () => ${rule} } }).createMachine`,
    );
  await write('one.ts', guarded('true'));
  await write('two.ts', guarded('false'));

  expect((await loadFlow('one', folder)).version).not.toBe((await loadFlow('two', folder)).version);
});

test('sub-flows are parts beside the flows, and a changed part changes its flow', async () => {
  const part = (say: string) =>
    JSON.stringify({ initial: 'a', states: { a: { meta: { say } }, b: { type: 'final' } } });
  const host = { initial: 'x', states: { x: { meta: { subflow: 'naming' }, onDone: 'y' }, y: {} } };
  await write('hosting.json', JSON.stringify(host));
  await write('parts/naming.json', part('Who?'));
  const before = await loadFlow('hosting', folder);
  expect(await firstLine('hosting')).toBe('Who?');
  await write('parts/naming.json', part('Your name?'));

  expect(await firstLine('hosting')).toBe('Your name?');
  expect((await loadFlow('hosting', folder)).version).not.toBe(before.version);
  expect(await flowNames(folder)).toEqual(['hosting']);
  expect(await partNames(folder)).toEqual(['naming']);
  expect((await loadFlow('naming', folder)).name).toBe('naming');
});

test.each([
  ['broken.ts', 'export const a = {\n  b: ;\n};', /broken\.ts:2:\d+: Unexpected ";"/],
  ['broken.json', '{\n  "id": }', /broken\.json/],
  ['empty.ts', 'export const a = 1;', /exports no chart/],
  ['list.json', '[]', /write one object/],
  [
    'reaching.ts',
    "import { readFileSync } from 'node:fs';\nexport const a = readFileSync;",
    /reaching\.ts:1:\d+: a flow may import flow\.ts and xstate only, not 'node:fs'/,
  ],
  [
    'astray.json',
    '{ "initial": "a", "states": { "a": { "on": { "caller.x": "nowhere" } } } }',
    /astray\.json: .*nowhere/,
  ],
  [
    'hosting.json',
    '{ "initial": "a", "states": { "a": { "meta": { "subflow": "paying" } } } }',
    /no.*there are: none|'paying'/,
  ],
])('%s is refused with the place and the reason', async (name, text, reason) => {
  await write(name, text);
  const error = await loadFlow(name.replace(/\.\w+$/, ''), folder).catch(caught => caught);

  expect(error).toBeInstanceOf(FlowFileError);
  expect(error.message).toMatch(reason);
});

test('a broken flow does not keep the others from being loaded', async () => {
  await write('broken.ts', 'export const = 1');
  await write('hello.ts', chart('Hi.'));

  const { flows, broken } = await loadFlows(folder);

  expect(flows.map(({ name }) => name)).toEqual(['hello']);
  expect(broken.map(({ file }) => file)).toEqual([join(folder, 'broken.ts')]);
});

test('an unknown name tells the names there are', async () => {
  await write('hello.ts', chart('Hi.'));

  await expect(loadFlow('hullo', folder)).rejects.toThrow(/no flow 'hullo'.*there are: hello/);
  await expect(loadFlow('./hullo.ts', folder)).rejects.toThrow(/There is no file .*hullo\.ts/);
});

test('text that is not saved yet can be read as the file', async () => {
  const file = await write('hello.ts', chart('Hi.'));
  const machine = await readFlowFile(file, chart('Unsaved.'));

  expect(viewFlow(createActor(machine).getSnapshot(), 'en').say).toBe('Unsaved.');
});
