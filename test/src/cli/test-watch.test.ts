import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { playOnSave } from '../../../src/cli/test-watch.ts';

it('plays at once and whenever a flow or its scenarios are saved, and gives the last exit code', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'aybiza-watch-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const printed: string[] = [];
  let runs = 0;
  let end = () => {};
  const ended = new Promise<void>(resolve => {
    end = resolve;
  });
  const code = playOnSave(
    [folder],
    async () => {
      if (++runs === 2) throw new Error('flow.ts:3: there is no state here.');
      return runs === 3 ? 7 : 0;
    },
    line => printed.push(line),
    ended,
  );

  await vi.waitFor(() => expect(runs).toBe(1));
  await writeFile(join(folder, 'notes.txt'), 'Nobody plays for this.');
  await writeFile(join(folder, 'flow.ts'), 'export {}');
  await vi.waitFor(() => expect(printed).toContain('flow.ts:3: there is no state here.'));
  await writeFile(join(folder, 'flow.scenarios.yaml'), '- name: x');
  await vi.waitFor(() => expect(runs).toBe(3));
  end();
  expect(await code).toBe(7);
});
