import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { PhoneCall } from '../../src/caller/phone-call.ts';
import { CallReader } from '../../src/storage/call-reader.ts';
import { openDatabase } from '../../src/storage/open.ts';
import type { NodeMethods, NodeOptions } from '../bench/node-process.ts';
import { Peer } from '../bench/peer.ts';
import { bookingsOf } from '../harness/booking-flow.ts';
import { compiledProgram } from '../harness/compiled-product.ts';
import { layEmptyRecords } from '../harness/empty-records.ts';
import { freePort } from '../harness/free-port.ts';
import { hasPostgres, startPostgres, type TestPostgres } from '../harness/private-postgres.ts';
import { speak } from '../harness/spoken-text.ts';
import { WebhookBalancer } from '../harness/webhook-balancer.ts';
import { within } from '../harness/wire-server.ts';

/** Long enough to be killed in. */
const LONG_MS = 60_000;

let folder: string;
let bookings: string;
let balancer: WebhookBalancer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aybiza-node-dies-'));
  bookings = join(folder, 'bookings');
  await writeFile(bookings, '');
  balancer = await WebhookBalancer.start();
});
afterAll(async () => {
  await balancer.close();
  await rm(folder, { recursive: true, force: true });
});

/** A node in a process of its own; everything that is asked of it is soon so, or never. */
interface Node {
  url: string;
  ask: Peer<NodeMethods>['ask'];
  kill(): Promise<void>;
}

async function startNode(
  name: string,
  options: Partial<NodeOptions> & { port?: number } = {},
): Promise<Node> {
  const node = new Peer<NodeMethods>(await compiledProgram('test/bench/node-process.ts'), 0);
  onTestFinished(() => node.end());
  const port = String(options.port ?? (await freePort()));
  const { url } = await within(
    node.ask('start', {
      ...{ name, bookings, databaseUrl: null, dataDir: join(folder, 'data'), toolMs: 20, letterMs: 15 },
      ...{ recognitionMs: 0, firstWordMs: 0, firstAudioMs: 0 },
      ...options,
      env: { PORT: port, PUBLIC_URL: balancer.url, NODE_URL: `http://127.0.0.1:${port}` },
    }),
    () => `the node ${name} to start`,
    60_000,
  );
  return {
    url,
    ask: (method, argument) =>
      within(node.ask(method, argument), () => `${name} to say: ${method} ${JSON.stringify(argument)}`),
    kill: () => node.end(),
  };
}

async function call(): Promise<PhoneCall> {
  const phone = new PhoneCall(balancer.url, { from: '+12025550123', to: '+12025550100', hearing: 'bytes' });
  await phone.begin();
  return phone;
}

function say(phone: PhoneCall, words: string, wordMs?: number): Promise<void> {
  return phone.say(Buffer.concat(speak(words, wordMs)));
}

describe('a node that is killed', { timeout: 120_000 }, () => {
  describe.skipIf(!hasPostgres)('beside another', () => {
    let postgres: TestPostgres;

    beforeAll(async () => {
      postgres = await startPostgres();
    });
    afterAll(() => postgres?.stop());

    it('in a reply, in a tool and in the caller’s words, leaves calls that the other goes on with, and books no table twice', async () => {
      const { url: databaseUrl } = postgres;
      const dying = await startNode('a', { databaseUrl, toolMs: LONG_MS, letterMs: 40 });
      const other = await startNode('b', { databaseUrl });
      balancer.nodes = [dying.url, other.url];

      const inWords = await call();
      const inTool = await call();
      await dying.ask('reached', { callSid: inTool.callSid, state: 'floor.replying.speaking' });
      void say(inTool, 'yes.');
      await dying.ask('reached', { callSid: inTool.callSid, state: 'floor.replying.toolCalling' });

      await dying.ask('heard', { callSid: inWords.callSid, purpose: 'greeting' });
      const inReply = await call();
      await dying.ask('reached', { callSid: inReply.callSid, state: 'floor.replying.speaking' });
      void say(inWords, 'yes.', LONG_MS);
      await dying.ask('reached', { callSid: inWords.callSid, state: 'floor.listening.hearing' });
      await dying.kill();

      const calls = [inTool, inWords, inReply];
      await Promise.all(calls.map(({ callSid }) => other.ask('heard', { callSid, purpose: 'welcomeBack' })));
      await say(inWords, 'yes.');
      await other.ask('reached', { callSid: inWords.callSid, state: 'floor.replying.speaking' });
      await other.ask('reached', { callSid: inWords.callSid, state: 'floor.listening.quiet' });
      await Promise.all(calls.map(phone => say(phone, 'no.')));

      const ends = await within(Promise.all(calls.map(phone => phone.ended())), () => 'the goodbyes');
      for (const end of ends) expect(end).toMatchObject({ by: 'agent', error: null, streams: 2 });
      await other.ask('stop', null);
      const records = await recordsOf({ databaseUrl }, calls);
      for (const { record, node } of records) {
        expect(node).toBe('b');
        expect(record?.outcome).toBe('completed');
        expect(record?.turns.filter(({ purpose }) => purpose === 'welcomeBack')).toHaveLength(1);
        expect(record?.moves).toMatchObject([{ node: 'b', from: 'a', reason: 'nodeDied' }]);
      }
      const [tool, words, reply] = records.map(({ record }) => record!);
      expect(tool!.turns.flatMap(({ tools }) => tools)).toMatchObject([{ name: 'bookTable', result: null }]);
      expect(words!.facts).toEqual({ table: 'window' });
      expect(reply!.turns[0]!.agent.heard).not.toContain('for you?');
      expect([tool!, words!, reply!].map(({ callId }) => bookingsOf(bookings, callId))).toEqual([1, 1, 0]);
    });
  });

  it('and started again takes up its calls where they were, with all that it knew', async () => {
    await layEmptyRecords(join(folder, 'data'));
    const port = await freePort();
    const node = await startNode('alone', { port });
    balancer.nodes = [node.url];
    const phone = await call();
    const { callSid } = phone;
    await node.ask('heard', { callSid, purpose: 'greeting' });
    await say(phone, 'yes.');
    await node.ask('reached', { callSid, state: 'floor.replying.toolCalling' });
    await node.ask('reached', { callSid, state: 'floor.replying.speaking' });
    await node.kill();

    const again = await startNode('alone', { port });
    await again.ask('heard', { callSid, purpose: 'welcomeBack' });
    await say(phone, 'no.');
    expect(await phone.ended()).toMatchObject({ by: 'agent', error: null, streams: 2 });
    await again.ask('stop', null);
    const [{ record } = { record: null }] = await recordsOf({ dataDir: join(folder, 'data') }, [phone]);
    expect(record).toMatchObject({ outcome: 'completed', facts: { table: 'window' } });
    expect(bookingsOf(bookings, record!.callId)).toBe(1);
  });
});

async function recordsOf(
  { databaseUrl, dataDir = '' }: { databaseUrl?: string; dataDir?: string },
  calls: readonly PhoneCall[],
) {
  const log = { info() {}, warn() {}, error() {} };
  const database = await openDatabase({ databaseUrl, dataDir, log }, () => {});
  try {
    const reader = new CallReader(database);
    const found = await Promise.all(calls.map(({ callSid }) => reader.find(callSid)));
    return found.map(call => ({ record: call?.summary ?? null, node: call?.node }));
  } finally {
    await database.close();
  }
}
