import { describe, expect, it } from 'vitest';
import { CallTakenOver } from '../../../runtime/journal.ts';
import { CallStore } from '../../../src/storage/call-store.ts';
import type { Database } from '../../../src/storage/database.ts';
import { backends } from './backends.ts';
import { openedStorage } from './opened-storage.ts';
import { heard, sampleStart } from './sample-calls.ts';

for (const backend of backends.filter(({ name }) => name !== 'Redis')) {
  describe.skipIf(backend.absent)(`calls that are let go, on ${backend.name}`, () => {
    const storage = openedStorage(backend);

    const nodeStore = (node: string) =>
      new CallStore(storage.database, { node, postCallJobs: ['told-once'] });

    it('does not take a call for lost that is just being let go', async () => {
      let answer = () => {};
      const held = new Promise<void>(resolve => {
        answer = resolve;
      });
      const query: Database['query'] = async (sql, params) => {
        const rows = await storage.database.query(sql, params);
        if (sql.includes('set released = true')) await held;
        return rows as never;
      };
      const a = new CallStore({ ...storage.database, query }, { node: 'node-a', postCallJobs: [] });
      const lost: string[] = [];
      a.onLost(callId => lost.push(callId));
      const start = sampleStart();
      const { callId } = start;
      await a.begin(start);
      const released = a.release(callId, { seq: 1 });
      while (!(await a.unclaimed([callId])).includes(callId));
      expect(await a.heartbeat()).toEqual([]);
      answer();
      await released;
      expect(await a.heartbeat()).toEqual([]);
      expect(lost).toEqual([]);
    });

    it('gives a call that its store has forsaken to whoever asks, that store too', async () => {
      const a = nodeStore('node-a');
      const start = sampleStart();
      await a.begin(start);
      await a.append(start.callId, [heard(1, 'hello')]);
      expect(await a.claim(start.callSid)).toBeNull();
      a.forsake(start.callId);
      await expect(a.append(start.callId, [heard(2, 'too late')])).rejects.toThrow(CallTakenOver);
      expect(await a.claim(start.callSid)).toMatchObject({ entries: [heard(1, 'hello')] });
    });
  });
}
