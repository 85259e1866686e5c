import { once } from 'node:events';
import { describe, expect, it, type TestContext } from 'vitest';
import { WebSocket } from 'ws';
import type { LogEntry } from '../../../runtime/journal.ts';
import { MemoryStore } from '../../harness/memory-store.ts';
import { MovingCall } from '../../harness/moving-call.ts';
import { TRANSPORTS, WireServer, within } from '../../harness/wire-server.ts';
import { ConsolePage } from './console-page.ts';

describe.concurrent.each(TRANSPORTS)('calls that move between nodes, over %s', transport => {
  async function open({ onTestFinished }: TestContext) {
    const memory = new MemoryStore();
    const nodes = await Promise.all(
      ['cloud-1', 'cloud-2'].map(node =>
        WireServer.start({ transport, store: memory.asStore, env: { AYBIZA_NODE: node } }),
      ),
    );
    const [one, other] = nodes as [WireServer, WireServer];
    const moving = new MovingCall(memory, { letterMs: 4 });
    onTestFinished(async () => {
      moving.hangUp();
      await Promise.all(nodes.map(node => node.close()));
    });
    await moving.listened();
    return { memory, one, other, moving };
  }

  async function watch(node: WireServer, callSid: string): Promise<ConsolePage> {
    const page = await ConsolePage.open(node.url);
    page.ask({ type: 'watchCall', watch: 1, callSid });
    await page.told('call');
    return page;
  }

  const isMoveTo = (node: string) => (entry: LogEntry) =>
    entry.kind === 'note' && entry.note.type === 'call.moved' && entry.note.node === node;

  it('are followed on: by their record where they left, from their beginning where they arrive', async context => {
    const { memory, one, other, moving } = await open(context);
    await moving.handOff(one);
    const left = await watch(one, moving.callSid);
    expect(left.of('call').map(({ call }) => call)).toMatchObject([
      { isHere: true, placement: 'edge', node: 'edge-iad', status: 'live' },
    ]);

    const released = await moving.drain(one);
    expect((await left.told('call', ({ call }) => !call.isHere)).call).toMatchObject({ status: 'live' });
    await released.goOn(other);
    await left.told('callMoved', ({ entries }) => entries.some(isMoveTo('cloud-2')));
    const arrived = await watch(other, moving.callSid);
    expect(arrived.of('call')[0]?.call).toMatchObject({ isHere: true, placement: 'edge', node: 'edge-iad' });

    await moving.converse('help.');
    moving.hangUp();
    const summary = JSON.parse(JSON.stringify(await memory.finished(moving.call.start.callId)));
    expect(summary.moves).toMatchObject([{ reason: 'handOff' }, { from: 'cloud-1', reason: 'drain' }]);
    for (const page of [left, arrived]) expect((await page.told('callEnded')).summary).toEqual(summary);

    // Both were told the same, from the first entry to the last.
    const { entries, steps } = arrived.whole(1);
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, at) => at + 1));
    expect(steps.at(-1)?.states).toEqual(['call.ended']);
    const again = left.messages.findIndex(message => message.type === 'call' && !message.call.isHere);
    left.messages.splice(0, again);
    expect(left.whole(1).entries).toEqual(entries);
    expect(left.whole(1).steps).toEqual(steps);
    const at = (name: string) => steps.filter(({ states }) => states.includes(`call.live.placement.${name}`));
    expect(Math.min(at('edge').length, at('handingOff').length, at('cloud').length)).toBeGreaterThan(0);
    await Promise.all([left.close(), arrived.close()]);
  });

  it('come back to whoever looks at them where their node died', async context => {
    const { one, other, moving } = await open(context);
    await moving.handOff(one);
    const [before, after] = [await watch(one, moving.callSid), await watch(other, moving.callSid)];
    expect(after.of('call').map(({ call }) => call.isHere)).toEqual([false]);
    await moving.die(one, other);
    await after.told('call', ({ call }) => call.isHere);
    await before.told('call', ({ call }) => !call.isHere);
    for (const page of [before, after]) {
      while (!page.whole(1).entries.some(isMoveTo('cloud-2')))
        await within(once(page.socket, 'message'), () => 'the move');
      await page.close();
    }
  });

  it('are in the list of the node that has them alone, once, and as they were', async context => {
    const { one, other, moving } = await open(context);
    const [here, there] = [await ConsolePage.open(one.url), await ConsolePage.open(other.url)];
    for (const page of [here, there]) {
      page.ask({ type: 'watchCalls', watch: 1 });
      await page.told('calls');
    }
    await moving.keys('1024#');
    await moving.handOff(one);
    const row = {
      callSid: moving.callSid,
      node: 'cloud-1',
      placement: 'cloud',
      cameFrom: 'edge-iad',
      turns: 2,
    };
    const isOurs = (message: { changed: readonly { callSid: string; node: string }[] }, node: string) =>
      message.changed.some(each => each.callSid === moving.callSid && each.node === node);
    const first = await here.told('callsChanged', message => isOurs(message, 'cloud-1'));
    expect(first.changed).toMatchObject([row]);
    expect(first.changed[0]?.responseMs).not.toBeNull();

    // Away and back within a quarter of a second.
    await (await moving.drain(one)).goOn(one);
    await (await moving.drain(one)).goOn(other);
    const arrived = await there.told('callsChanged', message => isOurs(message, 'cloud-2'));
    expect(arrived.changed).toMatchObject([{ ...row, node: 'cloud-2', cameFrom: 'cloud-1' }]);
    expect(arrived.changed[0]?.responseMs).toBe(first.changed[0]?.responseMs);
    await here.told('callsChanged', ({ gone }) => gone.includes(moving.callSid));
    expect(here.of('callsChanged').flatMap(({ gone }) => gone)).toEqual([moving.callSid]);
    expect(there.of('callsChanged').flatMap(({ gone }) => gone)).toEqual([]);
    const { body } = await other.getJson(`/api/calls/${moving.callSid}`);
    expect(body).toMatchObject({ live: true, node: 'cloud-2', moves: [{}, { node: 'cloud-2' }] });
    await Promise.all([here.close(), there.close()]);
  });

  it('break off for who listens with a word of their own, and are heard again where they are', async context => {
    const { one, other, moving } = await open(context);
    await moving.handOff(one);
    const listen = async (node: WireServer) => {
      const socket = new WebSocket(`${node.url.replace('http', 'ws')}/api/calls/${moving.callSid}/listen`);
      await within(once(socket, 'open'), () => 'the listener to be let in');
      return socket;
    };
    const closed = once(await listen(one), 'close');
    await (await moving.drain(one)).goOn(other);
    const [code, reason] = await within(closed, () => 'the end of what was heard');
    expect([code, String(reason)]).toEqual([4001, 'the call goes on at another node']);

    const next = await listen(other);
    const ended = once(next, 'close');
    moving.hangUp();
    expect((await within(ended, () => 'the end of the call'))[0]).toBe(1000);
  });
});
