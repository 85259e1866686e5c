import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { describe, expect, it, vi } from 'vitest';
import { SimulatedClock } from '../../../runtime/clock.ts';
import type { LogEntry } from '../../../runtime/journal.ts';
import { summariseCall } from '../../../src/jobs/summarise-call.ts';
import { CallStore } from '../../../src/storage/call-store.ts';
import { closeOrphans } from '../../../src/storage/close-orphans.ts';
import { backends } from './backends.ts';
import { openedStorage } from './opened-storage.ts';
import { heard, sampleStart, sampleSummary } from './sample-calls.ts';
import { keptLog, watchJobs } from './watched-jobs.ts';

const HOUR_MS = 3_600_000;
const PATIENCE = { timeout: 20_000 };
const stale = (node: string) => ({ node, olderThanMs: HOUR_MS / 2, callersTimeMs: HOUR_MS / 2 });

for (const backend of backends.filter(({ name }) => name !== 'Redis')) {
  describe.skipIf(backend.absent)(`calls that nobody runs, on ${backend.name}`, () => {
    const clock = new SimulatedClock();
    const watch = watchJobs([summariseCall]);
    const storage = openedStorage(backend, { clock, jobs: watch.jobs });

    it('closes a call whose heartbeat stopped, and reports on it', async () => {
      const { store } = storage;
      const start = await beginElsewhere({
        node: 'node-b',
        heartbeatAgoMs: HOUR_MS,
        entries: [heard(0, 'hello')],
      });
      const alive = await beginElsewhere({ node: 'node-b', heartbeatAgoMs: 0 });

      const closed = await closeOrphans({
        store,
        node: 'node-a',
        olderThanMs: HOUR_MS / 2,
        callersTimeMs: HOUR_MS / 2,
        project: (from, entries) =>
          sampleSummary(from, { unanswered: entries.map(entry => String(entry.seq)) }),
        log: keptLog(),
      });
      expect(closed).toEqual([start.callId]);
      await watch.succeeded(start.callId, 'summarise-call');
      expect(await store.get(start.callId)).toMatchObject({
        outcome: 'interrupted',
        report: { unanswered: 1 },
      });
      expect(await store.get(alive.callId)).toMatchObject({ status: 'live' });
    });

    it("closes a call of this node's dead process when its caller had time to come back, even when its log makes no sense", async () => {
      const { store } = storage;
      const start = await beginElsewhere({ node: 'node-a', heartbeatAgoMs: 0 });
      const others = await beginElsewhere({ node: 'node-b', heartbeatAgoMs: 0 });
      const dead = { host: hostname(), pid: await pidOfTheDead(), started: '1', opening: 'an earlier one' };
      await storage.database.query('update aybiza.calls set process = $1::jsonb where call_id in ($2, $3)', [
        JSON.stringify(dead),
        start.callId,
        others.callId,
      ]);
      const close = () =>
        closeOrphans({
          store,
          node: 'node-a',
          olderThanMs: HOUR_MS,
          callersTimeMs: HOUR_MS / 2,
          project: () => {
            throw new Error('no such state');
          },
          log: keptLog(),
        });

      expect(await close()).toEqual([]);
      await setHeartbeat(start.callId, HOUR_MS * 0.6);
      await setHeartbeat(others.callId, HOUR_MS * 0.6);
      expect(await close()).toEqual([start.callId]);
      expect(await store.get(start.callId)).toMatchObject({ outcome: 'interrupted', summary: { turns: [] } });
      await watch.succeeded(start.callId, 'summarise-call');
    });

    it('closes a call that was let go when nobody has claimed it in the time a caller has', async () => {
      const { store } = storage;
      const start = await beginHere();
      await store.release(start.callId, { seq: 0 });
      const found = async () => (await store.orphans(stale('node-b'))).map(({ callId }) => callId);
      expect(await found()).not.toContain(start.callId);
      await setHeartbeat(start.callId, HOUR_MS);
      expect(await found()).toContain(start.callId);
    });

    it('does not close a call that was taken over after it was found', async () => {
      const { store } = storage;
      const start = await beginElsewhere({ node: 'node-b', heartbeatAgoMs: HOUR_MS });
      const [orphan] = (await store.orphans(stale('node-a'))).filter(found => found.callId === start.callId);
      expect(await store.claim(start.callId)).not.toBeNull();

      expect(await store.finishOrphan(orphan!, sampleSummary(start))).toBe(false);
      expect(await store.get(start.callId)).toMatchObject({ status: 'live' });
    });

    it('does not close a call whose process has stirred after it was found', async () => {
      const { store } = storage;
      const start = await beginElsewhere({ node: 'node-b', heartbeatAgoMs: HOUR_MS });
      const orphan = (await store.orphans(stale('node-a'))).find(({ callId }) => callId === start.callId);
      await setHeartbeat(start.callId, 0);
      expect(await store.finishOrphan(orphan!, sampleSummary(start))).toBe(false);
    });

    it("keeps its own calls alive by heartbeats, and not a predecessor's", async () => {
      const mine = sampleStart();
      await storage.store.begin(mine);
      await setHeartbeat(mine.callId, HOUR_MS);
      const predecessors = await beginElsewhere({ node: 'node-a', heartbeatAgoMs: HOUR_MS });

      const observer = new CallStore(storage.database, { postCallJobs: [] });
      const silent = async () => {
        const orphans = await observer.orphans(stale('elsewhere'));
        return orphans
          .map(orphan => orphan.callId)
          .filter(id => [mine.callId, predecessors.callId].includes(id));
      };
      expect(await silent()).toHaveLength(2);
      await clock.advance(5_000);
      await vi.waitFor(async () => expect(await silent()).toEqual([predecessors.callId]), PATIENCE);
    });

    async function beginHere() {
      const start = sampleStart();
      await storage.store.begin(start);
      return start;
    }

    async function beginElsewhere({
      node,
      heartbeatAgoMs,
      entries = [],
    }: {
      node: string;
      heartbeatAgoMs: number;
      entries?: LogEntry[];
    }) {
      const start = sampleStart({ node });
      const elsewhere = new CallStore(storage.database, { postCallJobs: [] });
      await elsewhere.begin(start);
      await elsewhere.append(start.callId, entries);
      await setHeartbeat(start.callId, heartbeatAgoMs);
      return start;
    }

    async function setHeartbeat(callId: string, agoMs: number) {
      await storage.database.query(
        `update aybiza.calls set heartbeat_at = now() - $2::float8 * interval '1 millisecond' where call_id = $1`,
        [callId, agoMs],
      );
    }
  });
}

async function pidOfTheDead(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'exit');
  return child.pid!;
}
