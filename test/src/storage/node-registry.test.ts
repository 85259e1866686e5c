import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SimulatedClock } from '../../../runtime/clock.ts';
import { CallStore } from '../../../src/storage/call-store.ts';
import { NodeRegistry } from '../../../src/storage/node-registry.ts';
import { openStorage, type Storage } from '../../../src/storage/open.ts';
import { backends } from './backends.ts';
import { sampleStart } from './sample-calls.ts';
import { keptLog } from './watched-jobs.ts';

for (const backend of backends.filter(({ name }) => name !== 'Redis')) {
  describe.skipIf(backend.absent)(`the nodes that share a database, on ${backend.name}`, () => {
    let storage: Storage;
    let remove: () => Promise<void>;
    const clock = new SimulatedClock();

    beforeAll(async () => {
      const prepared = await backend.prepare();
      remove = prepared.remove;
      const log = keptLog();
      storage = await openStorage({ ...prepared.place, node: 'node-a', clock, log, jobs: [] });
    });

    afterAll(async () => {
      await storage?.close();
      await remove?.();
    });

    async function join(node: string, { region = 'eu', calls = 0 } = {}) {
      const store = new CallStore(storage.database, { node, postCallJobs: [] });
      const at = { node, region, url: `http://${node}.test`, calls: () => calls };
      const { database } = storage;
      const registry = await NodeRegistry.register({
        ...at,
        database,
        opening: store.opening,
        clock,
        log: keptLog(),
      });
      return { registry, store };
    }

    it('know that they cannot reach the records, and again that they can as soon as somebody has asked', async () => {
      let isDown = false;
      const registry = await NodeRegistry.register({
        ...{ node: 'cut-off', region: 'eu', url: 'http://cut-off.test', calls: () => 0 },
        database: {
          ...storage.database,
          query: (sql, params) =>
            isDown ? Promise.reject(new Error('no answer')) : storage.database.query(sql, params),
        },
        opening: 'the opening of a store',
        clock,
        log: keptLog(),
      });
      expect(registry.inTouch()).toBe(true);
      isDown = true;
      await expect(registry.drain()).rejects.toThrow('no answer');
      expect(registry.inTouch()).toBe(false);
      isDown = false;
      await vi.waitFor(() => expect(registry.inTouch()).toBe(true));
      await registry.leave();
    });

    it('see each other, those of their region and with few calls first, and not the ones that drain, are silent or have left', async () => {
      const [us, busy, idle, far, draining, silent, gone] = await Promise.all([
        join('us'),
        join('busy', { calls: 7 }),
        join('idle', { calls: 1 }),
        join('far', { region: 'ap' }),
        join('draining'),
        join('silent'),
        join('gone'),
      ]);
      await draining.registry.drain();
      await setHeartbeat('silent', 60_000);
      await gone.registry.leave();

      expect(await us.registry.peers()).toEqual([
        { node: 'idle', url: 'http://idle.test', region: 'eu', calls: 1 },
        { node: 'busy', url: 'http://busy.test', region: 'eu', calls: 7 },
        { node: 'far', url: 'http://far.test', region: 'ap', calls: 0 },
      ]);

      await clock.advance(5_000);
      await vi.waitFor(async () =>
        expect((await us.registry.peers()).map(({ node }) => node)).toContain('silent'),
      );
      for (const { registry } of [us, busy, idle, far, draining, silent]) await registry.leave();
    });

    it('know who runs a call, even one that is silent, until it has let it go or another has claimed it', async () => {
      const [a, b] = await Promise.all([join('a'), join('b')]);
      const start = sampleStart();
      await b.store.begin(start);
      expect(await a.registry.ownerOf(start.callSid)).toMatchObject({ node: 'b', url: 'http://b.test' });
      expect(await b.registry.ownerOf(start.callSid)).toBeNull();
      await setHeartbeat('b', 60_000);
      expect(await a.registry.ownerOf(start.callSid)).toMatchObject({ node: 'b' });

      await b.store.release(start.callId, { seq: 0 });
      expect(await a.registry.ownerOf(start.callSid)).toBeNull();
      await a.store.claim(start.callSid);
      expect(await b.registry.ownerOf(start.callSid)).toMatchObject({ node: 'a' });
      await Promise.all([a.registry.leave(), b.registry.leave()]);
    });

    it('leave the name of one that still drains to its successor', async () => {
      const [old, other] = await Promise.all([join('same'), join('other')]);
      const next = await join('same', { calls: 3 });
      await old.registry.drain();
      expect(await other.registry.peers()).toMatchObject([{ node: 'same', calls: 3 }]);
      await old.registry.leave();
      expect(await other.registry.peers()).toHaveLength(1);
      await Promise.all([next.registry.leave(), other.registry.leave()]);
    });

    function setHeartbeat(node: string, agoMs: number) {
      return storage.database.query(
        `update aybiza.nodes set heartbeat_at = now() - $2::float8 * interval '1 millisecond' where node = $1`,
        [node, agoMs],
      );
    }
  });
}
