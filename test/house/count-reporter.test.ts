import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

function runTests(files: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'aybiza-counts-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(
      join(folder, name),
      `import { describe, beforeAll, it } from '${root}node_modules/vitest';\n${text}`,
    );
  }
  const countsFile = join(folder, 'counts/counts.json');
  const { stdout, status } = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules/vitest/vitest.mjs'),
      'run',
      `--root=${folder}`,
      `--reporter=${join(root, 'test/harness/count-reporter.ts')}`,
    ],
    { env: { ...process.env, TEST_COUNTS_FILE: countsFile, NO_COLOR: '1' }, encoding: 'utf8' },
  );
  return {
    status,
    lastLine: stdout.trimEnd().split('\n').at(-1),
    counts: JSON.parse(readFileSync(countsFile, 'utf8')),
  };
}

it('ends with the true counts, and names what was skipped', () => {
  const run = runTests({
    'a.test.mjs': `
      it('one', () => {});
      describe('group', () => { it('two', () => {}); it('three', () => { throw new Error('no'); }); });
      it.skip('four', () => {});`,
  });
  expect(run.lastLine).toBe('2 passed, 1 failed, 1 skipped');
  expect(run.counts).toEqual({ passed: 2, failed: 1, skipped: ['a.test.mjs > four'] });
});

it('says nothing of skipped tests when there are none', () => {
  expect(runTests({ 'a.test.mjs': `it('one', () => {});` })).toMatchObject({
    status: 0,
    lastLine: '1 passed, 0 failed',
  });
});

it('counts as failed what failed outside a test: files, hooks and stray errors', () => {
  const run = runTests({
    'broken.test.mjs': `throw new Error('cannot load');`,
    'hook.test.mjs': `describe('group', () => { beforeAll(() => { throw new Error('hook'); }); it('never', () => {}); });`,
    'stray.test.mjs': `it('passes', () => { setTimeout(() => { throw new Error('stray'); }); return new Promise(r => setTimeout(r, 50)); });`,
  });
  expect(run.status).toBe(1);
  expect(run.counts).toMatchObject({ passed: 1, failed: 3 });
});
