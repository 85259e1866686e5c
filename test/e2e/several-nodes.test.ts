import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { CallListing } from '../../src/api/call-directory.ts';
import { layEmptyRecords } from '../harness/empty-records.ts';
import { type MovingCaller, typesOf, WireCluster, type WireNode } from '../harness/wire-cluster.ts';
import { within } from '../harness/wire-server.ts';

const API_KEY = 'api-key-of-a-test-0123456789';

let dataDir: string;
let cluster: WireCluster;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'aybiza-several-nodes-'));
  await layEmptyRecords(dataDir);
  cluster = await WireCluster.open(dataDir);
});
afterAll(async () => {
  await cluster.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function startTwo(options: Parameters<WireCluster['start']>[1] = {}): Promise<[WireNode, WireNode]> {
  const run = Math.random().toString(36).slice(2, 8);
  const env = { API_KEY };
  const nodes = [
    await cluster.start(`a-${run}`, { env }),
    await cluster.start(`b-${run}`, { env, ...options }),
  ] as const;
  cluster.balancer.nodes = nodes.map(({ running }) => running.url);
  onTestFinished(async () => {
    await Promise.all(nodes.map(({ running }) => running.close()));
  });
  return [...nodes];
}

describe('a node that drains beside another', { timeout: 60_000 }, () => {
  it('moves its calls there in whatever state they are, and nobody hears of it', async () => {
    const [a, b] = await startTwo();
    const callers = await Promise.all(Array.from({ length: 7 }, () => cluster.place()));
    const [quiet, speaking, thinking, toolCalling, hearing, keying, waiting] = callers as Seven;
    await Promise.all(callers.map(caller => caller.answered(0)));
    await toolCalling.say('one zero two four.');
    await toolCalling.answered(1);

    Object.assign(a.pace, { firstWordDelayMs: 3_000, toolDelayMs: 3_000 });
    void hearing.say('my order number is one zero two four.', 400);
    await Promise.all([toolCalling.say('yes.'), thinking.say('one zero two four.')]);
    await Promise.all([
      toolCalling.reaches('floor.replying.toolCalling'),
      thinking.reaches('floor.replying.thinking'),
      hearing.reaches('floor.listening.hearing'),
    ]);
    a.pace.firstWordDelayMs = 0;
    keying.phone.key('1');
    await Promise.all([speaking.say('opening hours.'), waiting.say('my order number is one zero.')]);
    await Promise.all([
      speaking.reaches('floor.replying.speaking'),
      waiting.reaches('floor.waitingForMore'),
      keying.reaches('floor.listening.keying'),
    ]);
    const states = new Set(callers.map(({ state }) => state));
    const drained = a.running.drain();
    for (const digit of '024#') keying.phone.key(digit);
    await waiting.say('two four.');
    await Promise.all(callers.map(caller => caller.arrivesAt(b.name)));
    await within(drained, () => 'the node to have drained');
    expect(a.running.host.size).toBe(0);
    expect(states.size).toBeGreaterThanOrEqual(5);

    await Promise.all([
      goOn(quiet, 0, ['one zero two four.', 'yes.', 'no.']),
      goOn(speaking, 1, ['one zero two four.', 'yes.', 'no.']),
      ...[thinking, hearing, waiting].map(caller => goOn(caller, 1, ['yes.', 'no.'])),
      goOn(keying, 1, ['no.']),
      goOn(toolCalling, 2, ['no.']),
    ]);
    for (const caller of callers) {
      expect(await caller.ended()).toMatchObject({ by: 'agent', error: null, streams: 2 });
      const { summary, entries, node } = await caller.record();
      expect(node).toBe(b.name);
      expect(summary).toMatchObject({ outcome: 'completed', facts: { orderNumber: '1024' } });
      expect(summary?.moves).toMatchObject([{ node: b.name, from: a.name, reason: 'drain' }]);
      const types = typesOf(entries);
      expect(types).not.toContain('line.lost');
      expect(types).not.toContain('line.resumed');
      expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, at) => at + 1));
      for (const { agent } of summary?.turns ?? [])
        if (!agent.interrupted) expect(agent.heard).toBe(agent.generated);
    }
    expect(cluster.complaints.filter(line => !line.includes('TWILIO_AUTH_TOKEN'))).toEqual([]);
  });

  it('takes no new call, and has the other answer its webhooks', async () => {
    const [a, b] = await startTwo();
    const stays = await cluster.place({ fields: {} });
    await stays.answered(0);
    void stays.say('my order number is one zero two four.', 400);
    await stays.reaches('floor.listening.hearing');
    const drained = a.running.drain();
    const health = async () => (await fetch(`${a.running.url}/healthz`)).status;
    expect(await health()).toBe(503);

    const late = await cluster.place();
    expect(late.node).toBe(b.name);
    await stays.arrivesAt(b.name);
    await within(drained, () => 'the node to have drained');
    await Promise.all([late.phone.hangUp(), stays.phone.hangUp()]);
    for (const caller of [late, stays])
      expect(await caller.record()).toMatchObject({ outcome: 'hungUp', node: b.name });
  });
});

/** Says one thing after the other, each when what was before has been answered. */
async function goOn(caller: MovingCaller, answered: number, sayings: readonly string[]): Promise<void> {
  for (const [at, words] of sayings.entries()) {
    await caller.answered(answered + at);
    await caller.say(words);
  }
}

type Seven = [
  MovingCaller,
  MovingCaller,
  MovingCaller,
  MovingCaller,
  MovingCaller,
  MovingCaller,
  MovingCaller,
];

describe('a call whose carrier asks another node', { timeout: 60_000 }, () => {
  it('is answered by the node that has it, while that lives', async () => {
    const [a, b] = await startTwo();
    const caller = await cluster.place();
    await caller.answered(0);
    cluster.balancer.nodes = [b.running.url];
    await caller.phone.line?.dropLine();
    await caller.welcomedBack();
    expect(caller.node).toBe(a.name);
    await caller.say('one zero two four.');
    await caller.answered(1);
    await caller.phone.hangUp();
    expect(await caller.record()).toMatchObject({ outcome: 'hungUp', node: a.name });
  });

  it('goes on there when its own cannot be reached, which then lets go of it without a word', async () => {
    const [a, b] = await startTwo({ send: () => Promise.reject(new Error('no route to host')) });
    const caller = await cluster.place();
    await caller.answered(0);
    await caller.say('one zero two four.');
    await caller.answered(1);
    cluster.balancer.nodes = [b.running.url];
    await caller.phone.line?.dropLine();
    await caller.welcomedBack();
    expect(caller.node).toBe(b.name);
    await a.store.heartbeat();
    expect(a.running.host.size).toBe(0);
    for (const { running } of [a, b]) {
      const headers = { authorization: `Bearer ${API_KEY}` };
      const listed = await (await fetch(`${running.url}/api/calls?limit=50`, { headers })).json();
      const calls = (listed as { calls: CallListing[] }).calls;
      expect(calls.filter(({ callSid }) => callSid === caller.phone.callSid)).toMatchObject([{ live: true }]);
    }

    await caller.say('yes.');
    await caller.answered(2);
    await caller.say('no.');
    expect(await caller.ended()).toMatchObject({ by: 'agent', streams: 2 });
    const { summary, entries } = await caller.record();
    expect(summary).toMatchObject({ outcome: 'completed', facts: { orderNumber: '1024' } });
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, at) => at + 1));
  });

  it('is told in a clear sentence that nobody can go on with it, and its record is closed', async () => {
    const unreachable = () => Promise.reject(new Error('no route to host'));
    const [, b] = await startTwo({ flowVersion: 'another', send: unreachable });
    const caller = await cluster.place();
    await caller.answered(0);
    cluster.balancer.nodes = [b.running.url];
    await caller.phone.line?.dropLine();
    expect(await caller.ended()).toMatchObject({ by: 'agent', error: null, streams: 1 });
    expect(caller.verbs.slice(-2)).toEqual(['say', 'hangup']);
    const { callId, outcome, summary } = await caller.record();
    expect(outcome).toBe('interrupted');
    expect(summary?.turns).toMatchObject([{ purpose: 'greeting' }]);
    const owed = await cluster.storage.database.query('select job from aybiza.outbox where call_id = $1', [
      callId,
    ]);
    expect(owed).toEqual([{ job: 'summarise-call' }]);
  });
});
