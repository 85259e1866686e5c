import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { drawCommand } from '../../../src/cli/draw.ts';
import { clinicConfig } from '../draw/fixture-flow.ts';

const run = promisify(execFile);

/** A folder with one flow and one part, under git. */
let home: string;
let written: string;
const here = process.cwd();

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'aybiza-draw-'));
  await mkdir(join(home, 'flows/parts'), { recursive: true });
  await write('flows/clinic.json', clinicConfig());
  const part = { id: 'identify', initial: 'asking', states: { asking: { meta: { say: 'Who are you?' } } } };
  await write('flows/parts/identify.json', part);
  process.chdir(home);

  written = '';
  const note = (text: unknown) => {
    written += `${text}\n`;
    return true;
  };
  vi.spyOn(console, 'log').mockImplementation(note);
  vi.spyOn(console, 'error').mockImplementation(note);
  vi.spyOn(process.stdout, 'write').mockImplementation(note);
});

afterEach(async () => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
  process.chdir(here);
  await rm(home, { recursive: true });
});

async function write(file: string, content: object): Promise<void> {
  await writeFile(join(home, file), JSON.stringify(content));
}

async function draw(...args: string[]): Promise<string> {
  written = '';
  await drawCommand().parseAsync(['--flows', join(home, 'flows'), ...args], { from: 'user' });
  return written;
}

async function commit(message: string): Promise<void> {
  const git = (...args: string[]) =>
    run('git', ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.com', ...args], { cwd: home });
  await git('init', '-q').catch(() => {});
  await git('add', '.');
  await git('commit', '-q', '-m', message);
}

const edited = () => {
  const clinic = clinicConfig();
  clinic.states.booked!.meta!.say = 'All done.';
  return clinic;
};

it('draws flows and parts, says when a picture is out of date, and is content when none is', async () => {
  await draw('clinic', 'parts/identify', '--out', 'pictures');
  expect((await readdir('pictures', { recursive: true })).sort()).toEqual(
    ['clinic.mmd', 'clinic.svg', 'parts', 'parts/identify.mmd', 'parts/identify.svg'].sort(),
  );
  expect(await draw('clinic', '--out', 'pictures', '--check')).toContain('as they are');
  await write('flows/clinic.json', edited());
  expect(await draw('clinic', '--out', 'pictures', '--check')).toContain('Out of date');
  expect(process.exitCode).toBe(1);
});

it('says what has changed since a commit, as text, as JSON and as pictures', async () => {
  await commit('A clinic');
  await write('flows/clinic.json', edited());

  const text = await draw('clinic', '--diff', 'git:HEAD', '--text');
  expect(text).toContain('git:HEAD → clinic: 1 changed state');
  expect(text).toContain('“All done.”');
  expect(await readdir('.')).not.toContain('clinic.diff.svg');
  expect(JSON.parse(await draw('clinic', '--diff', 'git:HEAD', '--json')).states).toHaveLength(1);
  await draw('clinic', '--diff', 'git:HEAD');
  expect(await readFile('clinic.diff.svg', 'utf8')).toContain('All done.');
  expect(process.exitCode).toBeUndefined();
});

it('compares two revisions, two files, and a path at a revision with a file', async () => {
  await commit('A clinic');
  await write('flows/clinic.json', edited());
  await commit('Another line');
  await write('flows/old.json', clinicConfig());

  for (const args of [
    ['clinic', '--diff', 'git:HEAD~1', 'git:HEAD'],
    ['--diff', 'flows/old.json', 'flows/clinic.json'],
    ['--diff', 'git:HEAD~1:flows/clinic.json', 'clinic'],
    ['--diff', 'git:HEAD~1', 'git:HEAD:flows/clinic.json'],
  ])
    expect(await draw(...args, '--text'), args.join(' ')).toContain('1 changed state');
  expect(await draw('--diff', 'flows/old.json', 'git:HEAD~1:flows/clinic.json')).toContain('no difference');
});

it('takes the parts as they were at the revision', async () => {
  const clinic = clinicConfig();
  clinic.states.greeting = { meta: { subflow: 'identify' }, on: {} };
  await write('flows/clinic.json', clinic);
  await commit('A clinic');
  const part = { id: 'identify', initial: 'asking', states: { asking: { meta: { say: 'Your name?' } } } };
  await write('flows/parts/identify.json', part);

  const text = await draw('clinic', '--diff', 'git:HEAD', '--text');
  expect(text).toContain('~ greeting.asking\n    says: “Who are you?” → “Your name?”');
});

it('exits with 1 on a difference when asked to, as git does', async () => {
  await write('flows/new.json', edited());
  await draw('--diff', 'clinic', 'clinic', '--exit-code');
  expect(process.exitCode).toBeUndefined();
  await draw('--diff', 'clinic', 'new', '--text', '--exit-code');
  expect(process.exitCode).toBe(1);
});

it('says what to do where there is no git, no such revision and no such file', async () => {
  await expect(draw('clinic', '--diff', 'git:HEAD')).rejects.toThrow(/no git repository.*two files/);
  await commit('A clinic');
  await write('flows/new.json', edited());
  await expect(draw('clinic', '--diff', 'git:nowhere')).rejects.toThrow(/no revision 'nowhere'/);
  await expect(draw('clinic', '--diff', 'git:--help')).rejects.toThrow(/no revision '--help'/);
  await expect(draw('new', '--diff', 'git:HEAD')).rejects.toThrow(/HEAD has no flows\/new\.json/);
  await expect(draw('clinic', '--diff', 'git:HEAD:flows/none.json')).rejects.toThrow(/no flows\/none\.json/);
  await expect(draw('--diff', 'git:HEAD')).rejects.toThrow(/Name the chart/);
  await expect(draw('clinic', '--text')).rejects.toThrow('--text goes with --diff.');
});

it('paints coverage from a file, and says what such a file holds when it is none', async () => {
  await write('coverage.json', { states: { 'clinic.greeting': 2 }, transitions: {} });
  await draw('clinic', '--coverage', 'coverage.json');
  expect(await readFile('clinic.coverage.svg', 'utf8')).toContain('1 of 4 states');

  await write('coverage.json', { states: { 'clinic.greeting': 'often' }, transitions: {} });
  await expect(draw('clinic', '--coverage', 'coverage.json')).rejects.toThrow(
    /"states".*hits[\s\S]*greeting/,
  );
});
