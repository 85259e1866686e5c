import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lockFolder } from '../../../src/storage/folder-lock.ts';
import { openPglite } from '../../../src/storage/pglite/database.ts';
import { thisProcess } from '../../../src/storage/process-stamp.ts';
import { keptLog } from './watched-jobs.ts';

let folder: string;
let lockPath: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aybiza-lock-'));
  lockPath = join(folder, 'pglite.lock');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('refuses a folder that a running process has, and takes it over once that process was killed', async () => {
  const module = new URL('../../../src/storage/folder-lock.ts', import.meta.url).href;
  const program = `
    const { lockFolder } = await import(${JSON.stringify(module)});
    lockFolder(${JSON.stringify(folder)}, ${JSON.stringify(lockPath)});
    process.stdout.write('locked');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  await once(child.stdout, 'data');

  const opening = openPglite({ dataDir: folder, log: keptLog(), onProgress: () => {} });
  await expect(opening).rejects.toMatchObject({
    code: 'DATA_FOLDER_IN_USE',
    message: expect.stringMatching(
      new RegExp(`${folder} is in use by process ${child.pid}.*DATA_DIR.*DATABASE_URL`),
    ),
  });

  child.kill('SIGKILL');
  await exited;
  lockFolder(folder, lockPath)();
  expect(readdirSync(folder)).toEqual([]);
});

it('refuses a second opening by the same process', () => {
  const release = lockFolder(folder, lockPath);
  expect(() => lockFolder(folder, lockPath)).toThrow('is in use');
  release();
  lockFolder(folder, lockPath)();
});

it.runIf(thisProcess().started)('takes over from a dead process whose number now belongs to another', () => {
  writeFileSync(lockPath, JSON.stringify({ ...thisProcess(), started: '1', token: 'old' }));
  lockFolder(folder, lockPath)();
});

it('takes over a lock that is not readable', () => {
  writeFileSync(lockPath, '');
  lockFolder(folder, lockPath)();
});

it('takes over from another host only when its process has stopped touching the lock', () => {
  writeFileSync(lockPath, JSON.stringify({ ...thisProcess(), host: 'elsewhere', token: 'old' }));
  expect(() => lockFolder(folder, lockPath)).toThrow('on elsewhere');

  const longAgo = new Date(Date.now() - 3_600_000);
  utimesSync(lockPath, longAgo, longAgo);
  const release = lockFolder(folder, lockPath);
  expect(readFileSync(lockPath, 'utf8')).toContain(`"pid":${process.pid}`);
  release();
});

it('does not remove a lock that has passed to somebody else', () => {
  const release = lockFolder(folder, lockPath);
  const others = JSON.stringify({ ...thisProcess(), token: 'theirs' });
  writeFileSync(lockPath, others);
  release();
  expect(readFileSync(lockPath, 'utf8')).toBe(others);
});
