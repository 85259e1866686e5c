import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SimulatedClock } from '../../../runtime/clock.ts';
import { bringFlow } from '../../../src/flows/bring-flow.ts';
import { loadFlow } from '../../../src/flows/flows.ts';
import { FlowLibrary } from '../../../src/flows/library.ts';
import { storeFlow } from '../../../src/flows/stored-versions.ts';
import { openStorage, type Storage } from '../../../src/storage/open.ts';
import { SimCall } from '../../harness/sim-call.ts';
import { backends } from '../storage/backends.ts';
import { keptLog } from '../storage/watched-jobs.ts';

let storage: Storage;
let folder: string;
let remove: () => Promise<void>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aybiza-bring-flow-'));
  const prepared = await backends[0]!.prepare();
  remove = prepared.remove;
  const clock = new SimulatedClock();
  storage = await openStorage({ ...prepared.place, node: 'a', clock, log: keptLog(), jobs: [] });
});
afterAll(async () => {
  await storage?.close();
  await remove?.();
  await rm(folder, { recursive: true });
});

/** As a designer leaves it; the names of states are part of it. */
async function write(state: string, say: string): Promise<void> {
  const flow = {
    initial: state,
    states: {
      [state]: {
        meta: { say },
        on: { 'caller.leaves': { target: 'leaving', description: 'Bye.', meta: { phrases: ['bye'] } } },
      },
      leaving: { meta: { say: 'Goodbye.', afterwards: 'hangUp' } },
    },
  };
  await writeFile(join(folder, 'shop.json'), JSON.stringify(flow));
}

it('lets a call go on with the version of its flow that it began with, on a node that has another', async () => {
  const { database } = storage;
  await write('greeting', 'Welcome to the shop of yesterday.');
  const yesterday = await loadFlow('shop', folder);
  await storeFlow(database, yesterday);
  const start = { flow: 'shop', flowVersion: yesterday.version };
  const sim = new SimCall({ flow: yesterday.machine, start });
  await sim.untilListening();
  const left = sim.leftBehind();

  await write('opening', 'Welcome to the shop of today.');
  const log = keptLog();
  const library = await FlowLibrary.open(folder, ['shop']);
  const served = library.serve(() => ({ shop: 1 }));
  expect(() => served.chartOf(start)).toThrow('not known here');
  await bringFlow(start, { library, database, log });

  const next = new SimCall({ host: { flow: call => served.chartOf(call) }, restore: left });
  next.reconnect();
  await next.untilListening();
  expect(next.call.record.turns().at(-1)).toMatchObject({
    purpose: 'welcomeBack',
    agent: { heard: expect.stringContaining('the shop of yesterday') },
  });
  await next.converse('bye.');
  expect((await next.over()).outcome).toBe('completed');
  expect(log.lines).toEqual([]);

  const forgotten = { flow: 'shop', flowVersion: 'never-stored' };
  await bringFlow(forgotten, { library, database, log });
  expect(() => served.chartOf(forgotten)).toThrow('not known here');
});
