import { describe, expect, it } from 'vitest';
import type { FrozenCall } from '../../runtime/frozen-call.ts';
import { isWhole } from '../../runtime/moving/prepared-call.ts';
import { SimCall } from '../harness/sim-call.ts';
import { toolFirst } from '../harness/test-flows.ts';

describe('a call that is prepared', () => {
  async function released() {
    const sim = new SimCall({ host: { keepsLogs: true } });
    await sim.until(() => sim.state === 'floor.replying.speaking', 'the greeting');
    return { sim, ...sim.host.release(sim.call.start.callId) };
  }

  it('runs nothing and leaves nothing behind when it is dropped', async () => {
    const { sim, frozen, entries } = await released();
    await sim.pass(1_000);
    const { pending } = sim.clock;
    const sent = sim.carrier.frames.length;
    const prepared = sim.host.prepare(frozen, entries);
    await sim.pass(1_000);
    prepared.drop();
    expect(sim.clock.pending).toBe(pending);
    expect(sim.carrier.frames).toHaveLength(sent);
    expect(sim.recognition.opened.every(({ isClosed }) => isClosed)).toBe(true);
    expect(() => prepared.go()).toThrow('has gone already, or was dropped');
  });

  it.each<[string, (frozen: FrozenCall) => FrozenCall, string]>([
    [
      'whose agent is not here',
      f => ({ ...f, start: { ...f.start, agent: 'sales' } }),
      'There is no agent sales',
    ],
    [
      'of another schema',
      f => ({ ...f, schema: 1 as never }),
      'written down in schema 1; this version reads 2',
    ],
    ['of another flow', f => f, 'another version of its chart or of its flow'],
  ])('%s is refused', async (_, changed, error) => {
    const { sim, frozen, entries } = await released();
    const agents = new Map();
    const host = sim.anotherHost(changed(frozen) === frozen ? { flow: () => toolFirst } : { agents });
    expect(() => host.prepare(changed(frozen), entries)).toThrow(error);
    expect(host.size).toBe(0);
  });

  it('is restored instead once it has gone on, when the node that it came to dies as well', async () => {
    const { sim, frozen, entries } = await released();
    expect(isWhole(frozen, entries)).toBe(true);
    const second = sim.anotherHost({ node: 'second' });
    const call = second.prepare(frozen, entries).go({ socket: sim.carrier, streamSid: 'MZ0' });
    sim.carrier.connect(call);
    await sim.pass(500);
    const written = [...sim.journal.entries];
    expect(isWhole(frozen, written)).toBe(false);
    second.abandon(call.start.callId);
    const third = new SimCall({ host: { node: 'third' }, restore: { frozen, entries: written } });
    expect(third.state).toBe('floor.onHold');
    third.reconnect();
    await third.untilListening();
    third.carrier.hangUp();
    expect((await third.over()).moves).toMatchObject([
      { node: 'second', from: 'rehearsal', reason: 'handOff' },
      { node: 'third', from: 'second', reason: 'nodeDied' },
    ]);
  });

  it('cannot come to where it is', async () => {
    const { sim, frozen, entries } = await released();
    const one = sim.host.prepare(frozen, entries);
    const other = sim.host.prepare(frozen, entries);
    const call = one.go();
    expect(() => other.go()).toThrow('is here already');
    call.send({ type: 'call.hangUp', outcome: 'stopped' });
    other.drop();
    await sim.host.idle();
  });
});

describe('a call that another node has taken over', () => {
  it('stops without a sound, an event or a record, and its socket is closed', async () => {
    const gone: string[] = [];
    const sim = new SimCall({
      host: {
        onEnded: () => gone.push('ended'),
        onReleased: () => gone.push('released'),
        onAbandoned: ({ start }) => gone.push(start.callId),
      },
    });
    await sim.until(() => sim.state === 'floor.replying.speaking', 'the greeting');
    const { frames } = sim.carrier;
    const sent = frames.length;
    const { seq } = sim.call.log;
    sim.host.abandon(sim.call.start.callId);
    await sim.pass(70_000);
    expect(gone).toEqual(['call-1']);
    expect(frames).toHaveLength(sent);
    expect(sim.carrier.isOpen).toBe(false);
    expect(sim.call.log.seq).toBe(seq);
    expect(sim.journal.finished).toEqual([]);
    expect(sim.clock.pending).toBe(0);
  });
});

it('No call is released where it cannot be written down whole', async () => {
  const sim = new SimCall({
    toolDelayMs: 2_000,
    navigatorDelayMs: 500,
    recognitionMs: 80,
    host: { keepsLogs: true },
  });
  const { callId } = sim.call.start;
  await sim.untilListening();
  await sim.converse('one zero two four.');
  const refused = () => expect(() => sim.host.release(callId)).toThrow('cannot be moved at this moment');
  sim.say('yes.');
  for (const state of [
    'floor.listening.hearing',
    'floor.replying.speculating',
    'floor.replying.thinking',
    'floor.replying.toolCalling',
  ]) {
    await sim.until(() => sim.state === state, state);
    refused();
  }
  expect(await Promise.all([sim.host.whenMovable(callId, 500), sim.pass(1_000)])).toEqual([false, undefined]);
  await sim.untilListening();
  sim.carrier.key('1');
  refused();
  sim.carrier.hangUp();
  await sim.over();
  expect(await sim.host.whenMovable(callId, 500)).toBe(false);
});
