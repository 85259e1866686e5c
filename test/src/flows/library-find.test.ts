import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { FlowFileError } from '../../../src/flows/flow-file.ts';
import { FlowLibrary } from '../../../src/flows/library.ts';

const CHART = {
  id: 'help',
  context: { facts: {} },
  initial: 'greeting',
  states: { greeting: { meta: { say: 'Hello.' } } },
};

it('A flow that no caller is given is found by name as it is written now, and its versions stay for their calls', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'flows-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'served.json'), JSON.stringify({ ...CHART, id: 'served' }));
  const put: string[] = [];
  const library = await FlowLibrary.open(folder, ['served'], async ({ name }) => void put.push(name));
  const file = join(folder, 'help.json');
  await writeFile(file, JSON.stringify(CHART));

  const first = await library.find('help');
  await library.find('help');
  await writeFile(file, (await readFile(file, 'utf8')).replace('Hello.', 'Good morning.'));
  const second = await library.find('help');
  expect(second?.version).not.toBe(first?.version);
  expect(library.names).toEqual(['served']);
  for (const flow of [first, second]) expect(library.version('help', flow?.version ?? '')).not.toBeNull();
  expect(put).toEqual(['served', 'help', 'help']);

  await copyFile(file, join(folder, '..', 'outside.json'));
  onTestFinished(() => rm(join(folder, '..', 'outside.json')));
  expect(await library.find('../outside')).toBeNull();
  expect(await library.find('../outside.json')).toBeNull();
  await writeFile(file, '{');
  await expect(library.find('help')).rejects.toThrow(FlowFileError);
});
