import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { CallStart } from '../../runtime/journal.ts';
import { CallStore } from '../../src/storage/call-store.ts';
import type { Database } from '../../src/storage/database.ts';
import { backends } from '../src/storage/backends.ts';
import { openedStorage } from '../src/storage/opened-storage.ts';
import { heard, sampleStart, sampleSummary } from '../src/storage/sample-calls.ts';
import { execute } from './database.ts';
import { Records } from './records.ts';

const KINDS = [
  'begin',
  'append',
  'saveSnapshot',
  'claimBySid',
  'claimById',
  'peek',
  'unclaimed',
  'isOurs',
  'release',
  'finish',
  'closeOrphans',
  'heartbeat',
  'beginTool',
  'endTool',
  'archive',
  'adopt',
  'eventsAfter',
] as const;

interface Step {
  kind: (typeof KINDS)[number];
  /** Which of two nodes does it. */
  node: 0 | 1;
  call: 0 | 1;
  /** Of an entry, a snapshot, a tool run. */
  number: number;
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    kind: fc.constantFrom(...KINDS),
    node: fc.constantFrom<0 | 1>(0, 1),
    call: fc.constantFrom<0 | 1>(0, 1),
    number: fc.integer({ min: 1, max: 4 }),
  }),
  { minLength: 5, maxLength: 40 },
);

const JOBS = ['summarise', 'bill'];
const [backend] = backends;
if (!backend) throw new Error('There is no backend.');
const storage = openedStorage(backend, { node: 'elsewhere' });

it('The world’s database answers every statement about calls, snapshots, claims and tools as PGlite does', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async tape => {
      const name = randomUUID();
      expect(await lived(inMemory(), name, tape)).toEqual(await lived(storage.database, name, tape));
    }),
    { numRuns: 40 },
  );
});

function inMemory(): Database {
  const records = new Records();
  let nowMs = Date.UTC(2026, 0, 2);
  return {
    kind: 'pglite',
    query: async (sql, params = []) => execute(records, sql, params, ++nowMs) as never,
    transaction: () => Promise.reject(new Error('not here')),
    close: async () => {},
  };
}

/** What two nodes are answered, and what is there in the end. */
async function lived(database: Database, name: string, tape: readonly Step[]): Promise<unknown[]> {
  const nodes = [0, 1].map(at => new CallStore(database, { node: `node-${at}`, postCallJobs: JOBS }));
  const calls = [0, 1].map(at =>
    sampleStart({ callId: `call-${at}-${name}`, callSid: `CA-${at}-${name}`, node: 'node-0' }),
  );
  const seen: unknown[] = [];
  for (const step of tape) {
    const store = nodes[step.node] as CallStore;
    const call = calls[step.call] as CallStart;
    seen.push(await outcomeOf(act(step, store, call, name)));
  }
  for (const { callId, callSid } of calls) {
    const [store] = nodes as [CallStore];
    const record = await store.find(callSid);
    seen.push(record && { ...record, startedAt: null, endedAt: null });
    seen.push(await store.events(callId), (await store.snapshot(callId))?.frozen);
  }
  return seen;
}

async function act(
  { kind, number }: Step,
  store: CallStore,
  start: CallStart,
  name: string,
): Promise<unknown> {
  const { callId, callSid } = start;
  const frozen = { schema: 2, seq: number, line: { turn: number } };
  const tool = { id: `t${number}`, name: 'book', input: { b: number % 2, a: 1 } };
  switch (kind) {
    case 'begin':
      return store.begin(start);
    case 'append':
      return store.append(callId, [heard(number, `words ${number}`)]);
    case 'saveSnapshot':
      return store.saveSnapshot(callId, frozen);
    case 'claimBySid':
      return store.claim(callSid);
    case 'claimById':
      return store.claim(callId);
    case 'peek': {
      const found = await store.peek(callSid);
      return found && { ...found, lastSeenAt: null, beat: null };
    }
    case 'isOurs':
      return store.isOurs(callId);
    case 'unclaimed':
      return store.unclaimed([callId, 'nobody']);
    case 'release':
      return store.release(callId, frozen);
    case 'finish':
      return store.finish({ ...sampleSummary(start), outcome: number > 2 ? 'interrupted' : 'hungUp' });
    case 'heartbeat':
      return (await store.heartbeat()).sort();
    case 'closeOrphans': {
      const orphans = await store.orphans({ node: 'nobody', olderThanMs: 3_600_000, callersTimeMs: 0 });
      // Those that began at the same time come in any order.
      const ours = orphans
        .filter(orphan => orphan.callId.endsWith(name))
        .sort((one, other) => one.callId.localeCompare(other.callId));
      const closed = await Promise.all(
        ours.map(orphan => store.finishOrphan(orphan, sampleSummary(orphan.start))),
      );
      return [ours.map(orphan => orphan.callId), closed];
    }
    case 'beginTool':
      return store.tools.begin(callId, tool, number === 4 ? ['t1'] : []);
    case 'endTool':
      return store.tools.end(callId, { id: tool.id, name: tool.name, result: { number }, error: null });
    case 'eventsAfter':
      return store.events(callId, number);
    case 'adopt': {
      const found = await store.peek(callSid);
      const epoch = number > 3 ? null : (found?.epoch ?? null);
      const entries = [heard(1, 'known'), heard(2, `to the edge ${number}`)];
      return store.adopt({ start, frozen: frozen as never, entries }, epoch);
    }
    case 'archive':
      return store.archive({
        start,
        entries: [heard(1, 'archived')],
        summary: { ...sampleSummary(start), outcome: number % 2 ? 'interrupted' : 'hungUp' },
      });
  }
}

async function outcomeOf(doing: Promise<unknown>): Promise<unknown> {
  try {
    return (await doing) ?? 'done';
  } catch (error) {
    return (error as Error).name;
  }
}
