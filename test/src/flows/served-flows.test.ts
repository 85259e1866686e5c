import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FlowLibrary } from '../../../src/flows/library.ts';
import { servedFlows } from '../../../src/flows/served-flows.ts';

test('flows that callers are given come first, then all others of the folder, even one that holds no chart', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'flows-'));
  try {
    const chart = JSON.stringify({ initial: 'a', states: { a: { meta: { say: 'Hi.' } } } });
    for (const name of ['alpha', 'served']) await writeFile(join(folder, `${name}.json`), chart);
    await writeFile(join(folder, 'broken.json'), '{');
    const library = await FlowLibrary.open(folder, ['served']);

    const flows = await servedFlows(library, [{ name: 'desk', flow: { served: 9 } }], []);

    expect(flows).toMatchObject([
      { name: 'served', version: library.inForce('served').version, agents: [{ name: 'desk', weight: 9 }] },
      { name: 'alpha', languages: ['en'], agents: [] },
      { name: 'broken', version: '', languages: [] },
    ]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
