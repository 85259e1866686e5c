import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** A checkout of its own, with one command and a stand-in for npm that records how it was called. */
let home: string;
const running = new Set<ChildProcess>();

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'aybiza-ready-'));
  await mkdir(join(home, 'src/cli'), { recursive: true });
  await cp(join(root, 'src/cli/ready.mjs'), join(home, 'src/cli/ready.mjs'));
  for (const file of ['tsconfig.json', 'tsconfig.build.json']) await cp(join(root, file), join(home, file));
  await write('package.json', '{ "type": "module" }');
  await write('package-lock.json', lockfile({ typescript: '1.0.0' }));
  await write('src/answer.ts', 'export const answer: number = 7;');
  await write(
    'src/cli/main.ts',
    `import { answer } from '../answer.ts';
     if (process.argv[2] === 'wait') {
       process.on('SIGTERM', () => { process.stdout.write('told\\n'); setTimeout(() => process.exit(3), 200); });
       setInterval(() => {}, 1000);
     } else process.exitCode = answer;
     process.stdout.write(process.argv.slice(2).join(' ') + '\\n');`,
  );
  await write(
    'npm-cli.js',
    `import { mkdirSync, symlinkSync, copyFileSync, appendFileSync, existsSync } from 'node:fs';
     appendFileSync('npm-calls', process.argv.slice(2).join(' ') + '\\n');
     if (existsSync('offline')) process.exit(1);
     mkdirSync('node_modules/@types', { recursive: true });
     for (const name of ['typescript', '@types/node', '@typescript', 'undici-types'])
       if (!existsSync('node_modules/' + name)) symlinkSync('${root}node_modules/' + name, 'node_modules/' + name);
     copyFileSync('package-lock.json', 'node_modules/.package-lock.json');`,
  );
});

afterEach(async () => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
  await rm(home, { recursive: true });
});

it('installs and compiles a fresh checkout, then runs the command with its arguments and exit code', async () => {
  expect(await ready('call', '--to', 'Ann Lee')).toMatchObject({ code: 7, stdout: 'call --to Ann Lee\n' });
  expect(await npmCalls()).toEqual(['ci --include=dev --no-audit --no-fund']);
});

it('neither installs nor compiles again when nothing has changed', async () => {
  await ready('--build');
  const built = await readFile(join(home, 'dist/.sources.json'), 'utf8');
  // What was compiled is spoilt, so a second compilation would mend it.
  await write('dist/src/answer.js', 'export const answer = 8;');

  expect(await ready('call')).toMatchObject({ code: 8, stderr: '' });
  expect(await readFile(join(home, 'dist/.sources.json'), 'utf8')).toBe(built);
  expect(await npmCalls()).toHaveLength(1);
});

it('compiles what was edited, and forgets what was removed', async () => {
  await write('src/old.ts', 'export {};');
  await ready('--build');
  await write('src/answer.ts', 'export const answer: number = 9;');
  await rm(join(home, 'src/old.ts'));

  expect(await ready('call')).toMatchObject({ code: 9 });
  await expect(readFile(join(home, 'dist/src/old.js'))).rejects.toThrow('ENOENT');
});

it('copies what is not TypeScript beside the compiled code', async () => {
  await write('src/words.txt', 'hello');
  await ready('--build');
  expect(await readFile(join(home, 'dist/src/words.txt'), 'utf8')).toBe('hello');
});

it('installs again when the lockfile asks for other versions', async () => {
  await ready('--build');
  await write('package-lock.json', lockfile({ typescript: '2.0.0' }));
  await ready('--build');
  expect(await npmCalls()).toHaveLength(2);
});

it('asks for a missing optional package only after the lockfile has changed', async () => {
  await ready('--build');
  await write('package-lock.json', lockfile({ typescript: '1.0.0' }, { speech: '1.0.0' }));
  await utimes(join(home, 'package-lock.json'), 1, 1);
  await ready('--build');
  expect(await npmCalls()).toHaveLength(1);

  const later = Date.now() / 1000 + 60;
  await utimes(join(home, 'package-lock.json'), later, later);
  await ready('--build');
  expect(await npmCalls()).toHaveLength(2);
});

it('says what to do when packages cannot be had or code does not compile', async () => {
  await write('offline', '');
  expect(await ready('call')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('registry can be reached'),
  });

  await rm(join(home, 'offline'));
  await write('src/answer.ts', "export const answer: number = 'seven';");
  const failed = await ready('call');
  expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining('does not compile') });
  expect(failed.stdout).toContain('src/answer.ts');
});

it('takes over from a command that died while it prepared the checkout', async () => {
  await write('dist/.lock', '999999999');
  expect(await ready('call')).toMatchObject({ code: 7 });
});

it('passes a signal on once, however often it comes, and ends as the command ends', async () => {
  await ready('--build');
  const child = start('wait');
  await new Promise<void>(resolve => child.stdout!.once('data', () => resolve()));
  const ended = outcome(child);
  child.kill('SIGTERM');
  child.kill('SIGTERM');
  expect(await ended).toMatchObject({ code: 3, stdout: 'told\n' });
});

it('runs the tests without compiling', async () => {
  await ready('--build');
  await rm(join(home, 'dist'), { recursive: true });
  await symlink(join(root, 'node_modules/vitest'), join(home, 'node_modules/vitest'));
  const { code, stdout } = await ready('--test', '--passWithNoTests', 'no/such/test');
  expect(code).toBe(0);
  expect(stdout).toContain('No test files found');
  await expect(readFile(join(home, 'dist/src/answer.js'))).rejects.toThrow('ENOENT');
});

async function write(file: string, text: string): Promise<void> {
  await mkdir(join(home, file, '..'), { recursive: true });
  await writeFile(join(home, file), text);
}

function lockfile(packages: Record<string, string>, optional: Record<string, string> = {}): string {
  const entries = [
    ...Object.entries(packages).map(([name, version]) => [`node_modules/${name}`, { version }]),
    ...Object.entries(optional).map(([name, version]) => [
      `node_modules/${name}`,
      { version, optional: true },
    ]),
  ];
  return JSON.stringify({ packages: { '': {}, ...Object.fromEntries(entries) } });
}

async function npmCalls(): Promise<string[]> {
  return (await readFile(join(home, 'npm-calls'), 'utf8')).trim().split('\n');
}

function start(...args: string[]): ChildProcess {
  const child = spawn(process.execPath, ['src/cli/ready.mjs', ...args], {
    cwd: home,
    env: { ...process.env, npm_execpath: join(home, 'npm-cli.js') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  return child;
}

function ready(...args: string[]) {
  return outcome(start(...args));
}

function outcome(child: ChildProcess): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const text = { stdout: '', stderr: '' };
  child.stdout!.on('data', data => {
    text.stdout += data;
  });
  child.stderr!.on('data', data => {
    text.stderr += data;
  });
  return new Promise(resolve => child.once('close', code => resolve({ code, ...text })));
}
