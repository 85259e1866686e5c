import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../runtime/clock.ts';
import { checkFlow } from '../../src/check/check-flow.ts';
import { loadFlow } from '../../src/flows/flows.ts';
import { runSuite } from '../../src/scenarios/suite.ts';
import { openTools } from '../../src/tools/index.ts';

/** What the guide in machines/README.md tells a newcomer to write, as it is written there. */
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guide-'));
  const guide = await readFile(new URL('../../machines/README.md', import.meta.url), 'utf8');
  const block = (language: string) =>
    new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(guide)?.[1] ?? '';
  await writeFile(join(folder, 'bike-workshop.ts'), block('ts'));
  await writeFile(join(folder, 'bike-workshop.scenarios.yaml'), block('yaml'));
});

afterAll(() => rm(folder, { recursive: true }));

test('the flow of the designer’s guide is sound', async () => {
  const flow = await loadFlow('bike-workshop', folder);

  expect(await checkFlow(flow, { tools: openTools({ clock: systemClock, toolDelayMs: 0 }) })).toEqual([]);
});

test('the scenarios of the designer’s guide pass', async () => {
  const flow = await loadFlow('bike-workshop', folder);
  const [result] = await runSuite({
    flows: [flow],
    grep: null,
    repeat: 1,
    model: null,
    judge: null,
    hear: () => Promise.reject(new Error('The guide has no recordings.')),
  });

  expect(result?.broken).toBeNull();
  expect(result?.results.map(({ scenario, verdict }) => [scenario.name, verdict])).toEqual([
    ['A puncture is mended while the caller waits', 'passed'],
    ['A caller who interrupts is listened to', 'passed'],
    ['Nobody can come to the telephone', 'passed'],
  ]);
});
