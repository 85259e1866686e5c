import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import {
  type CloudMessage,
  type EdgeMessage,
  readCloudMessage,
  write,
} from '../../runtime/edge/relay-messages.ts';
import { readTwiml } from '../../src/caller/twiml.ts';
import { sendRequest } from '../../src/cluster/forward-webhook.ts';
import { newCallSid, postWebhook, webhookForm } from '../harness/raw-stream.ts';
import { type MovingCaller, WireCluster, type WireNode } from '../harness/wire-cluster.ts';
import { within } from '../harness/wire-server.ts';

const EDGE_SECRET = 'edge-and-cloud-know-this';
const EUROPE_ONLY = { DATA_RESIDENCY: 'eu', EDGE_SECRET };

let dataDir: string;
let cluster: WireCluster;
let run = 0;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'aybiza-residency-'));
  cluster = await WireCluster.open(dataDir);
});
afterAll(async () => {
  await cluster.close();
  await rm(dataDir, { recursive: true, force: true });
});

/** Nodes on one database, by the places where they are. */
async function start<Place extends string>(regions: Record<Place, string>, env: Record<string, string> = {}) {
  run++;
  const unreachable = new Set<string>();
  /** Answer to a signature over another address than theirs. */
  const unsigned = new Set<string>();
  const nodes = {} as Record<Place, WireNode>;
  for (const [place, region] of Object.entries(regions) as [Place, string][])
    nodes[place] = await cluster.start(`${place}-${run}`, {
      env: { ...EUROPE_ONLY, ...(region !== '' && { AYBIZA_REGION: region }), ...env },
      async send(origin, request) {
        if (unreachable.has(origin)) throw new Error('no route to host');
        return unsigned.has(origin) ? { status: 403 } : sendRequest(origin, request);
      },
    });
  onTestFinished(async () => {
    await Promise.all((Object.values(nodes) as WireNode[]).map(({ running }) => running.close()));
  });
  const asked = (...places: Place[]) => {
    cluster.balancer.nodes = places.map(place => nodes[place].running.url);
  };
  return { nodes, unreachable, unsigned, asked };
}

/** As at the end of a drain: the call is written down, and free for anyone. */
async function letGo({ running, store }: WireNode, { call }: MovingCaller): Promise<void> {
  const { callId } = call.start;
  expect(await running.host.whenMovable(callId, 5_000)).toBe(true);
  const { frozen, entries } = running.host.release(callId);
  await store.append(callId, entries);
  await store.release(callId, frozen);
}

describe('a caller whose data has to stay in Europe, and whose carrier comes back to a node in Virginia', {
  timeout: 60_000,
}, () => {
  it('goes on with another node in Europe, and Virginia never has the call', async () => {
    const { nodes, unreachable, asked } = await start({
      frankfurt: 'eu-central-1',
      virginia: 'us-east-1',
      oregon: 'us-west-2',
      london: 'eu-west-2',
      berlin: 'eu-central-1',
    });
    asked('frankfurt');
    const caller = await cluster.place();
    await caller.answered(0);
    await caller.say('one zero two four.');
    await caller.answered(1);

    unreachable.add(nodes.frankfurt.running.url);
    asked('virginia');
    await caller.phone.line?.dropLine();
    await caller.welcomedBack();
    expect(caller.node).toBe(nodes.berlin.name);
    await caller.phone.hangUp();
    const { summary, node } = await caller.record();
    expect(node).toBe(nodes.berlin.name);
    expect(summary?.moves).toMatchObject([{ node: nodes.berlin.name, from: nodes.frankfurt.name }]);
  });

  it('is told that nobody can go on with the call, and its record is closed without having been read', async () => {
    const { nodes, asked } = await start({ frankfurt: 'eu-central-1', virginia: 'us-east-1' });
    asked('frankfurt');
    const caller = await cluster.place();
    await caller.answered(0);
    asked('virginia');
    await letGo(nodes.frankfurt, caller);
    await nodes.frankfurt.running.close();

    expect(await caller.ended()).toMatchObject({ error: null, streams: 1 });
    expect(caller.verbs.slice(-2)).toEqual(['say', 'hangup']);
    const { callId, node, outcome, summary, entries } = await caller.record();
    expect({ node, outcome }).toEqual({ node: nodes.frankfurt.name, outcome: 'interrupted' });
    expect(summary).toMatchObject({ turns: [], facts: {} });
    expect(entries).not.toEqual([]);
    const owed = await cluster.storage.database.query('select job from aybiza.outbox where call_id = $1', [
      callId,
    ]);
    expect(owed).toEqual([{ job: 'summarise-call' }]);
  });

  it('goes on nowhere that does not say where it is', async () => {
    const { nodes, asked } = await start({ frankfurt: 'eu-central-1', somewhere: '' });
    asked('frankfurt');
    const caller = await cluster.place();
    await caller.answered(0);
    asked('somewhere');
    await letGo(nodes.frankfurt, caller);
    await nodes.frankfurt.running.close();
    expect(await caller.ended()).toMatchObject({ error: null, streams: 1 });
    expect(caller.verbs.slice(-2)).toEqual(['say', 'hangup']);
  });

  it('is sent to the address of Europe when nodes there take only what is signed for that address', async () => {
    const { nodes, unsigned, asked } = await start(
      { frankfurt: 'eu-central-1', virginia: 'us-east-1', berlin: 'eu-central-1' },
      { CLOUD_REGIONS: 'eu-central-1=https://eu.example.com,us-west-2=https://us.example.com' },
    );
    asked('frankfurt');
    const caller = await cluster.place();
    await caller.answered(0);
    for (const { running } of [nodes.frankfurt, nodes.berlin]) unsigned.add(running.url);

    const back = webhookForm(caller.phone.callSid, { CallStatus: 'in-progress' });
    expect(readTwiml(await postWebhook(nodes.virginia.running, 'resume?EdgeRegion=fra1', back))).toEqual([
      {
        verb: 'redirect',
        url: `https://eu.example.com/api/twilio/resume?EdgeRegion=fra1&RoutedFrom=${nodes.virginia.name}`,
      },
    ]);
    const again = readTwiml(await postWebhook(nodes.virginia.running, 'resume?RoutedFrom=us-west-2', back));
    expect(again.map(({ verb }) => verb)).toEqual(['say', 'hangup']);
    expect(caller.node).toBe(nodes.frankfurt.name);
    await caller.phone.hangUp();
    expect(await caller.record()).toMatchObject({ outcome: 'hungUp', node: nodes.frankfurt.name });
  });
});

describe('a node in Frankfurt that drains, and whose callers’ data has to stay in Europe', {
  timeout: 60_000,
}, () => {
  it('keeps its calls while there is only Virginia, and moves them as soon as there is another in Europe', async () => {
    const { nodes, asked } = await start({ frankfurt: 'eu-central-1', virginia: 'us-east-1' });
    asked('frankfurt');
    const [stays, moves] = [await cluster.place(), await cluster.place()];
    await Promise.all([stays.answered(0), moves.answered(0)]);
    const drained = nodes.frankfurt.running.drain();
    await stays.say('one zero two four.');
    await stays.answered(1);
    await stays.phone.hangUp();
    expect(await stays.record()).toMatchObject({ outcome: 'hungUp', node: nodes.frankfurt.name });
    expect(moves.node).toBe(nodes.frankfurt.name);

    const later = await start({ berlin: 'eu-central-1' });
    cluster.balancer.nodes = [nodes.virginia.running.url];
    await moves.arrivesAt(later.nodes.berlin.name);
    await within(drained, () => 'the node to have drained');
    await moves.phone.hangUp();
    expect(await moves.record()).toMatchObject({ outcome: 'hungUp', node: later.nodes.berlin.name });
  });
});

describe('an edge that asks a node in Virginia about a call whose data has to stay in Europe', {
  timeout: 60_000,
}, () => {
  const refusal = 'The data of the call has to stay in eu, and this node is in us-east-1.';
  const bearer = { authorization: `Bearer ${EDGE_SECRET}` };

  async function ask({ running }: WireNode, message: EdgeMessage): Promise<CloudMessage | null> {
    const socket = new WebSocket(`${running.url.replace('http', 'ws')}/edge/relay`, { headers: bearer });
    onTestFinished(() => socket.terminate());
    await within(
      once(socket, 'open').then(() => {}),
      () => 'the relay to open',
    );
    const answered = once(socket, 'message');
    socket.send(write(message));
    const [data] = (await answered) as [Buffer];
    return readCloudMessage(data.toString());
  }

  it('is refused with a reason, whatever it asks; a node in Europe takes it', async () => {
    const { nodes, asked } = await start({ frankfurt: 'eu-central-1', virginia: 'us-east-1' });
    asked('frankfurt');
    const caller = await cluster.place();
    await caller.answered(0);
    const { start: begun } = caller.call;
    const { callSid } = begun;
    await letGo(nodes.frankfurt, caller);

    const other = { ...begun, callId: 'of-the-edge', callSid: newCallSid() };
    const wish = { ...other, callId: 'begun-in-the-cloud', callSid: newCallSid(), accountSid: '' };
    const prepare: EdgeMessage = { event: 'aybiza.prepare', callId: other.callId, start: other, entries: [] };
    const rehome: EdgeMessage = { event: 'aybiza.rehome', callSid, streamSid: 'MZ1' };
    const begin: EdgeMessage = { event: 'aybiza.begin', start: wish, streamSid: 'MZ2' };
    for (const message of [prepare, rehome, begin])
      expect(await ask(nodes.virginia, message)).toEqual({ event: 'aybiza.refused', reason: refusal });
    expect([...nodes.virginia.running.host.calls()]).toEqual([]);
    expect(await cluster.storage.store.find(callSid)).toMatchObject({
      status: 'live',
      node: nodes.frankfurt.name,
    });

    const archive = async ({ running }: WireNode) => {
      const summary = {
        ...other,
        endedAt: other.startedAt,
        outcome: 'hungUp',
        turns: [],
        unanswered: [],
        facts: {},
      };
      const body = JSON.stringify({ start: other, entries: [], summary });
      return (await fetch(`${running.url}/edge/archive`, { method: 'POST', headers: bearer, body })).status;
    };
    expect(await archive(nodes.virginia)).toBe(403);
    expect(await cluster.storage.store.find(other.callSid)).toBeNull();

    expect(await ask(nodes.frankfurt, prepare)).toEqual({ event: 'aybiza.ready' });
    expect(await ask(nodes.frankfurt, rehome)).toEqual({ event: 'aybiza.taken' });
    expect(await ask(nodes.frankfurt, begin)).toEqual({ event: 'aybiza.taken' });
    expect(await archive(nodes.frankfurt)).toBe(204);
  });
});
