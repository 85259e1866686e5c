import { EventEmitter, once } from 'node:events';
import pg from 'pg';
import { describe, expect, it, vi } from 'vitest';
import { SimulatedClock } from '../../../runtime/clock.ts';
import { breakHotLoop } from '../../../src/jobs/break-hot-loop.ts';
import { defaultJobSettings } from '../../../src/jobs/job-settings.ts';
import { openPostgresQueue } from '../../../src/jobs/postgres-queue.ts';
import { backends } from '../storage/backends.ts';
import { keptLog } from '../storage/watched-jobs.ts';

class FakeWorker extends EventEmitter {
  paused = false;
  async pause() {
    this.paused = true;
  }
  resume() {
    this.paused = false;
  }
  fail(times: number) {
    for (let n = 0; n < times; n++) this.emit('error', new Error('no such table'));
  }
}

function setUp() {
  const worker = new FakeWorker();
  const clock = new SimulatedClock();
  const log = keptLog();
  return { worker, clock, log, breaker: breakHotLoop(worker, clock, log) };
}

describe('a worker that fails in a loop', () => {
  it('pauses after a burst and tries again, later each time, until a job succeeds', async () => {
    const { worker, clock } = setUp();
    const pauses: number[] = [];
    for (let round = 0; round < 7; round++) {
      worker.fail(5);
      expect(worker.paused).toBe(true);
      pauses.push(clock.untilNextMs!);
      await clock.advance(clock.untilNextMs!);
      expect(worker.paused).toBe(false);
    }
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);

    worker.emit('completed');
    worker.fail(5);
    expect(clock.untilNextMs).toBe(1_000);
  });

  it('is left alone while its errors are rare', async () => {
    const { worker, clock } = setUp();
    for (let n = 0; n < 20; n++) {
      worker.fail(1);
      await clock.advance(2_000);
    }
    expect(worker.paused).toBe(false);
  });

  it('fills no log while it pauses', () => {
    const { worker, log } = setUp();
    worker.fail(500);
    expect(log.lines).toHaveLength(6);
  });

  it('is not woken once it is being closed', async () => {
    const { worker, clock, breaker } = setUp();
    worker.fail(5);
    breaker.stop();
    await clock.advance(60_000);
    expect(worker.paused).toBe(true);
  });
});

const PATIENCE = { timeout: 20_000 };
const postgres = backends.find(backend => backend.name === 'PostgreSQL')!;

it.skipIf(postgres.absent)('runs the waiting jobs once the queue works again', async () => {
  const { place, remove } = await postgres.prepare();
  const clock = new SimulatedClock();
  const log = keptLog();
  const ran: string[] = [];
  const events = new EventEmitter();
  const began = once(events, 'began');
  const gate = once(events, 'open');
  const run = async (_job: string, { callId }: { callId: string }) => {
    ran.push(callId);
    events.emit('began');
    await gate;
  };
  // A worker that is busy with its only job does not know that nothing else waits, and so asks without resting.
  const settings = { ...defaultJobSettings, concurrency: 1 };
  const queue = await openPostgresQueue(place.databaseUrl!, { settings, clock, log, run });
  const admin = new pg.Client({ connectionString: place.databaseUrl! });
  await admin.connect();
  try {
    await queue.enqueue('any', { callId: 'c1' }, 'any-c1');
    await began;
    await admin.query('alter schema bullmq rename to away');
    events.emit('open');
    await vi.waitFor(() => expect(log.lines.at(-1)).toContain('pauses'), PATIENCE);
    expect(log.lines).toHaveLength(6);

    await admin.query('alter schema away rename to bullmq');
    await queue.enqueue('any', { callId: 'c2' }, 'any-c2');
    await clock.advance(1_000);
    await vi.waitFor(() => expect(ran).toEqual(['c1', 'c2']), PATIENCE);
  } finally {
    await admin.end();
    await queue.close();
    await remove();
  }
});
