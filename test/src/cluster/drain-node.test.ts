import { expect, it } from 'vitest';
import { SimulatedClock } from '../../../runtime/clock.ts';
import { drainNode } from '../../../src/cluster/drain-node.ts';

it('waits for a caller who has come back to a node that drains, and ends when that call has moved too', async () => {
  const clock = new SimulatedClock();
  const happened: string[] = [];
  const cluster = { moved: 0, arriving: 0 };
  const host = { size: 0, idle: async () => {}, conclude: () => happened.push('goodbyes') };
  const drained = drainNode({
    host: host as never,
    cluster: {
      ...{ beginDrain: async () => {}, endDrain: async () => void happened.push('no more moves') },
      settled: async () => {},
      get moved() {
        return cluster.moved;
      },
      get arriving() {
        return cluster.arriving;
      },
    },
    reception: { emptied: async () => {} },
    departures: { settled: () => new Promise(resolve => clock.setTimeout(resolve, 50)) },
    streams: [],
    clock,
    log: { info() {}, warn() {}, error() {} },
    ended: () => 0,
    timeoutMs: 120_000,
    hurry() {},
  }).then(() => happened.push('drained'));

  cluster.arriving = 1;
  await clock.advance(3_000);
  Object.assign(cluster, { arriving: 0 });
  host.size = 1;
  await clock.advance(3_000);
  expect(happened).toEqual([]);
  host.size = 0;
  await clock.advance(300);
  await drained;
  expect(happened).toEqual(['no more moves', 'drained']);
  expect(clock.pending).toBe(0);
});
