import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePort } from './free-port.ts';

/** Debian's place for its versions of PostgreSQL. */
const VERSIONS = '/usr/lib/postgresql';
const START_LIMIT_MS = 60_000;
const LOOK_EVERY_MS = 50;

export interface TestPostgres {
  url: string;
  /** Of the server, when it is ours: its work is on the same machine. */
  pid: number | null;
  stop(): Promise<void>;
}

/** Whether several processes can share a database here: PGlite serves one alone. */
export const hasPostgres = process.env.TEST_DATABASE_URL !== undefined || binaries() !== null;

/**
 * A database that several processes can share: a new one on the server of TEST_DATABASE_URL, or on a server of its own in a
 * temporary folder, on a free port of this machine, that forgets everything when it is stopped.
 */
export async function startPostgres(): Promise<TestPostgres> {
  const given = process.env.TEST_DATABASE_URL;
  if (given) return newDatabase(given, null, async () => {});

  const bin = binaries();
  if (!bin) throw new Error(`There is no PostgreSQL in ${VERSIONS}. Set TEST_DATABASE_URL.`);
  const folder = mkdtempSync(join(tmpdir(), 'aybiza-postgres-'));
  const user = unprivileged();
  if (user) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  execFileSync(join(bin, 'initdb'), ['-D', data, '-A', 'trust', '-U', 'postgres', '--no-sync'], {
    ...user,
    cwd: folder,
    stdio: 'ignore',
  });
  const port = await freePort();
  // No word of it survives anyway, so nothing waits for the disk.
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'off',
    synchronous_commit: 'off',
  };
  const server = spawn(
    join(bin, 'postgres'),
    ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    { ...user, cwd: folder, stdio: 'ignore' },
  );
  const ended = new Promise<void>(resolve => server.once('exit', () => resolve()));
  const stop = async () => {
    server.kill('SIGINT');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  try {
    await untilItAnswers(url);
    return await newDatabase(url, server.pid ?? null, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function newDatabase(serverUrl: string, pid: number | null, stop: () => Promise<void>) {
  const name = `aybiza_${Math.random().toString(36).slice(2)}`;
  await onServer(serverUrl, `create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    pid,
    async stop() {
      await onServer(serverUrl, `drop database ${name} with (force)`);
      await stop();
    },
  };
}

async function onServer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

async function untilItAnswers(url: string): Promise<void> {
  for (const untilMs = Date.now() + START_LIMIT_MS; ; ) {
    try {
      await onServer(url, 'select 1');
      return;
    } catch (error) {
      if (Date.now() > untilMs) throw error;
      await new Promise(resolve => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }
}

function binaries(): string | null {
  if (!existsSync(VERSIONS)) return null;
  const newest = readdirSync(VERSIONS)
    .sort((a, b) => Number(b) - Number(a))
    .map(version => join(VERSIONS, version, 'bin'));
  return newest.find(bin => existsSync(join(bin, 'initdb'))) ?? null;
}

/** PostgreSQL refuses to run as root. */
function unprivileged(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}
