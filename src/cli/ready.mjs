#!/usr/bin/env node
// Runs before anything is installed, so it is plain JavaScript and imports Node's own modules only. It makes the
// checkout ready (packages, then compiled code), each only when needed, and hands over to the command.

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const OLDEST_NODE = 20;
const SOURCES = ['machines', 'runtime', 'src', 'visualizations', 'test/bench', 'test/harness', 'test/world'];
const SETTINGS = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
const CONSOLE = 'visualizations/console';
const LOCK_WAIT_MS = 10 * 60_000;

/** A failure that its message explains; no stack is shown. */
class Refusal extends Error {}

main(process.argv.slice(2)).then(
  code => {
    process.exitCode = code;
  },
  error => {
    process.stderr.write(`${error instanceof Refusal ? error.message : error.stack}\n`);
    process.exitCode = 1;
  },
);

async function main([first, ...rest]) {
  requireNode();
  if (first === undefined) {
    throw new Refusal(
      'Usage: node src/cli/ready.mjs --build | --test [vitest arguments] | <command> [arguments]',
    );
  }

  if (first === '--link') return link();

  await oneAtATime(() => {
    install();
    if (first !== '--test') build();
  });

  if (first === '--build') return 0;
  if (first === '--test') return run('node_modules/vitest/vitest.mjs', ['run', ...rest], { cwd: ROOT });
  if (first === 'bench') return run('dist/test/bench/main.js', rest);
  return run('dist/src/cli/main.js', [first, ...rest]);
}

/** npm links the commands of packages that are installed, but not of the one it is run in. */
function link() {
  const commands = path.join(ROOT, 'node_modules/.bin');
  if (process.platform === 'win32' || !fs.existsSync(commands)) return 0;
  fs.rmSync(path.join(commands, 'aybiza'), { force: true });
  fs.symlinkSync('../../src/cli/ready.mjs', path.join(commands, 'aybiza'));
  return 0;
}

function requireNode() {
  if (Number.parseInt(process.versions.node, 10) >= OLDEST_NODE) return;
  throw new Refusal(
    `Node ${OLDEST_NODE} or newer is needed; this is ${process.version}. Get it from https://nodejs.org or your system's packages.`,
  );
}

function install() {
  if (packagesAreCurrent()) return;
  say('Installing packages (a minute or two the first time)…');
  const startedMs = performance.now();

  // Under `npm run`, npm names its own script; NODE_ENV=production must not leave the compiler out.
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund'];
  const npm = process.env.npm_execpath?.endsWith('npm-cli.js') ? process.env.npm_execpath : null;
  const options = { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] };
  const result = npm
    ? spawnSync(process.execPath, [npm, ...args], options)
    : spawnSync('npm', args, { ...options, shell: process.platform === 'win32' });

  if (result.status !== 0) {
    throw new Refusal(
      'The packages could not be installed; npm says why above. Check that the registry can be reached (npm ping) and run the command again.',
    );
  }
  say(`Packages installed in ${seconds(startedMs)}.`);
}

/** npm leaves a copy of what it installed in node_modules; it is compared with what the lockfile asks for. */
function packagesAreCurrent() {
  const wantedFile = path.join(ROOT, 'package-lock.json');
  const installedFile = path.join(ROOT, 'node_modules/.package-lock.json');
  if (!fs.existsSync(installedFile)) return false;

  const wanted = packagesIn(wantedFile);
  const installed = packagesIn(installedFile);
  // An optional package that is absent belongs to another platform or would not install: asking again changes nothing,
  // unless the lockfile has changed since.
  const lockIsNewer = fs.statSync(wantedFile).mtimeMs > fs.statSync(installedFile).mtimeMs;

  for (const [name, entry] of wanted) {
    const found = installed.get(name);
    if (
      found ? found.version !== entry.version : !entry.optional || (lockIsNewer && isForThisPlatform(entry))
    )
      return false;
  }
  return !lockIsNewer || [...installed.keys()].every(name => wanted.has(name));
}

function packagesIn(lockfile) {
  const { packages = {} } = JSON.parse(fs.readFileSync(lockfile, 'utf8'));
  return new Map(Object.entries(packages).filter(([name]) => name !== ''));
}

function isForThisPlatform({ os: systems = [], cpu: processors = [], libc }) {
  return (
    (systems.length === 0 || systems.includes(process.platform)) &&
    (processors.length === 0 || processors.includes(process.arch)) &&
    !libc?.includes('musl')
  );
}

/** Compiles when a source was changed, added or removed since the last time. */
function build() {
  const recordFile = path.join(ROOT, 'dist/.sources.json');
  const before = readRecord(recordFile);
  const now = Object.fromEntries(
    [...SETTINGS, ...SOURCES.flatMap(listFiles).filter(isCompiled)].map(file => [file, fingerprint(file)]),
  );
  if (JSON.stringify(before) === JSON.stringify(now)) return;

  const first = Object.keys(before).length === 0;
  if (first) say('Compiling…');
  const startedMs = performance.now();
  const compiler = path.join(ROOT, 'node_modules/typescript/bin/tsc');
  const result = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (result.status !== 0) {
    throw new Refusal('The code does not compile. Correct the errors above and run the command again.');
  }

  // What a removed source left behind would still be found by code that lists folders.
  for (const file of Object.keys(before)) if (!(file in now)) removeOutput(file);
  for (const file of Object.keys(now)) if (before[file] !== now[file]) copyAsset(file);
  if (Object.keys(now).some(file => file.startsWith(CONSOLE) && before[file] !== now[file])) buildConsole();
  fs.writeFileSync(recordFile, JSON.stringify(now));
  if (first) say(`Compiled in ${seconds(startedMs)}.`);
}

/** Flows are read from their source when they are needed; a designer's typing error is for `check` to tell. */
function isCompiled(file) {
  return !file.startsWith('machines/flows/');
}

/** The web pages, as files for browsers. */
function buildConsole() {
  const vite = path.join(ROOT, 'node_modules/vite/bin/vite.js');
  const result = spawnSync(process.execPath, [vite, 'build', CONSOLE, '--logLevel', 'warn'], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (result.status !== 0) throw new Refusal('The console could not be built. Correct the errors above.');
}

function readRecord(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
}

function listFiles(folder) {
  const absolute = path.join(ROOT, folder);
  if (!fs.existsSync(absolute)) return [];
  return fs
    .readdirSync(absolute, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(entry => {
      const file = path.posix.join(folder, entry.name);
      return entry.isDirectory() ? listFiles(file) : [file];
    });
}

function fingerprint(file) {
  const absolute = path.join(ROOT, file);
  return fs.existsSync(absolute)
    ? createHash('sha256').update(fs.readFileSync(absolute)).digest('base64')
    : '';
}

/** The compiler leaves everything but TypeScript where it is; code in dist/ looks for it beside itself. */
function copyAsset(file) {
  if (SETTINGS.includes(file) || file.startsWith(CONSOLE) || /\.(ts|md)$/.test(file)) return;
  const target = path.join(ROOT, 'dist', file);
  fs.mkdirSync(path.dirname(target), { recursive: true });
  fs.copyFileSync(path.join(ROOT, file), target);
}

function removeOutput(file) {
  const output = path.join(ROOT, 'dist', file);
  const script = output.replace(/\.ts$/, '.js');
  for (const stale of [output, script, `${script}.map`]) fs.rmSync(stale, { force: true });
}

/** Two commands started together must not install or compile over each other. */
async function oneAtATime(work) {
  const lockFile = path.join(ROOT, 'dist/.lock');
  fs.mkdirSync(path.dirname(lockFile), { recursive: true });
  const giveUpMs = performance.now() + LOCK_WAIT_MS;

  while (!tryLock(lockFile)) {
    if (performance.now() > giveUpMs) {
      throw new Refusal(
        `Another command has been preparing this checkout for very long. If none is, remove ${lockFile}.`,
      );
    }
    await new Promise(resolve => setTimeout(resolve, 100));
  }

  try {
    work();
  } finally {
    fs.rmSync(lockFile, { force: true });
  }
}

function tryLock(lockFile) {
  try {
    fs.writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  if (!ownerIsAlive(lockFile)) fs.rmSync(lockFile, { force: true });
  return false;
}

function ownerIsAlive(lockFile) {
  try {
    const pid = Number(fs.readFileSync(lockFile, 'utf8'));
    // Just created and not yet written to.
    if (pid === 0) return true;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Runs Node on a script of the checkout and ends as it ends. */
function run(script, args, options = {}) {
  const child = spawn(process.execPath, [path.join(ROOT, script), ...args], { stdio: 'inherit', ...options });
  forwardSignals(child);

  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + os.constants.signals[signal]));
  });
}

/**
 * A terminal sends Ctrl-C to every process of the group, the child included, and npm passes it on once more. The child
 * must get it once: a second one means "at once" to most servers.
 */
function forwardSignals(child) {
  const terminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  const lastMs = new Map();

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (signal === 'SIGINT' && terminal) return;
      const repeated = performance.now() - (lastMs.get(signal) ?? Number.NEGATIVE_INFINITY) < 1000;
      lastMs.set(signal, performance.now());
      if (!repeated) child.kill(signal);
    });
  }
}

function seconds(sinceMs) {
  return `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;
}

function say(line) {
  process.stderr.write(`${line}\n`);
}
