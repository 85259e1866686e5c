import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SimulatedClock } from '../../../runtime/clock.ts';
import { defaultJobSettings } from '../../../src/jobs/job-settings.ts';
import { openRedisQueue } from '../../../src/jobs/redis-queue.ts';
import { openStorage } from '../../../src/storage/open.ts';
import { describeFailure, describeUrl } from '../../../src/storage/storage-error.ts';
import { keptLog } from './watched-jobs.ts';

const PASSWORD = 'hunter2%2Fslash';
let refusing: Server;
let port: number;
let dataDir: string;

/** A server that takes the connection and hangs up: it looks like a database behind a broken proxy. */
beforeAll(async () => {
  refusing = createServer(socket => socket.destroy());
  await new Promise<void>(resolve => refusing.listen(0, '127.0.0.1', resolve));
  port = (refusing.address() as { port: number }).port;
  dataDir = mkdtempSync(join(tmpdir(), 'aybiza-unreachable-'));
});

afterAll(() => {
  refusing.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const options = () => ({ dataDir, node: 'node-a', clock: new SimulatedClock(), log: keptLog() });

async function failureOf(opening: Promise<unknown>): Promise<Error> {
  return opening.then(
    () => {
      throw new Error('It opened.');
    },
    (error: Error) => error,
  );
}

function expectNoPassword(error: Error): void {
  const everything = [error.message, error.stack, JSON.stringify(error), String(error.cause)].join('\n');
  expect(everything).not.toMatch(/hunter2|slash/);
}

it.each(['hangs up', 'is not there'])(
  'names DATABASE_URL and hides the password when PostgreSQL %s',
  async how => {
    const target = how === 'hangs up' ? port : await freePort();
    const databaseUrl = `postgres://me:${PASSWORD}@127.0.0.1:${target}/calls`;
    const error = await failureOf(openStorage({ ...options(), databaseUrl }));
    expect(error).toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    expect(error.message).toContain(`postgres://127.0.0.1:${target}/calls`);
    expect(error.message).toContain('DATABASE_URL');
    expectNoPassword(error);
  },
);

it.each(['hangs up', 'is not there'])('names REDIS_URL and hides the password when Redis %s', async how => {
  const target = how === 'hangs up' ? port : await freePort();
  const queueOptions = { ...options(), settings: defaultJobSettings, run: async () => {} };
  const error = await failureOf(openRedisQueue(`redis://me:${PASSWORD}@127.0.0.1:${target}/1`, queueOptions));
  expect(error).toMatchObject({ code: 'REDIS_UNREACHABLE' });
  expect(error.message).toContain(`redis://127.0.0.1:${target}/1`);
  expect(error.message).toContain('REDIS_URL');
  expectNoPassword(error);
});

it.each(['postgres://me:hunter2#slash@db/calls', 'postgres://me:12/hunter2@db/calls', 'hunter2 slash'])(
  'hides the password of an address that is written wrongly: %s',
  async databaseUrl => {
    const error = await failureOf(openStorage({ ...options(), databaseUrl }));
    expect(error).toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    expectNoPassword(error);
  },
);

it('removes every secret of the URL from what a driver says', () => {
  const url = 'postgres://me:p%40ss@db:5432/calls?sslmode=require&password=second';
  const said = new Error(`cannot use ${url}, p@ss, p%40ss, second`);
  expect(describeFailure(said, url)).toBe('cannot use ***, ***, ***, ***');
  expect(describeUrl(url)).toBe('postgres://db:5432/calls');
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port: free } = server.address() as { port: number };
  await new Promise(resolve => server.close(resolve));
  return free;
}
