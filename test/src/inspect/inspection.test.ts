import { describe, expect, it } from 'vitest';
import type { Call } from '../../../runtime/call.ts';
import { SimulatedClock } from '../../../runtime/clock.ts';
import { Inspection, type InspectionOptions } from '../../../src/inspect/inspection.ts';
import { isSampled } from '../../../src/inspect/sample.ts';
import type { Wish } from '../../../src/inspect/viewer.ts';
import { SimCall } from '../../harness/sim-call.ts';
import { InspectorModel } from './inspector-model.ts';

// biome-ignore lint/suspicious/noExplicitAny: frames are looked at as a page would.
type Any = any;

const ALL: Wish = { one: false, sample: 1, redact: true, maxEventsPerSecond: 2_000 };
const ONE: Wish = { ...ALL, one: true };

/** A call, an inspection on the same clock, and somebody who looks. */
function looked(options: Partial<InspectionOptions> = {}, sim = new SimCall()) {
  const warnings: string[] = [];
  const inspection = new Inspection({
    clock: sim.clock,
    live: { calls: () => sim.host.calls() },
    log: { warn: (_, message) => warnings.push(message) },
    redacts: () => false,
    cutSecrets: text => text,
    ...options,
  });
  function look(call: Call | null, wish: Partial<Wish> = {}, accepts = (_: string) => true) {
    const frames: Any[] = [];
    const model = new InspectorModel();
    const closes: string[] = [];
    const leave = inspection.join(
      call,
      { ...(call ? ONE : ALL), ...wish },
      {
        send(text) {
          if (!accepts(text)) return 'dropped';
          frames.push(JSON.parse(text));
          model.take(frames.at(-1));
          return 'sent';
        },
        close: (code, reason) => closes.push(`${code} ${reason}`),
      },
    );
    return { frames, model, closes, leave };
  }
  return { sim, inspection, look, warnings };
}

const told = (frames: readonly Any[]) =>
  frames.filter(({ sessionId, type }) => sessionId === 'inspection' && type === '@xstate.snapshot');

describe('an inspection', () => {
  it('attaches nothing to a call before somebody looks, and nothing after the last has left', async () => {
    const { sim, look } = looked();
    await sim.untilListening();
    const observers = countObservers(sim.call);
    const one = look(sim.call);
    const other = look(null);
    expect(observers()).toBe(1);
    one.leave();
    expect(observers()).toBe(1);
    other.leave();
    expect(observers()).toBe(0);

    sim.call.send({ type: 'caller.spoke' });
    await sim.pass(200);
    expect([...one.frames, ...other.frames]).toEqual([]);
  });

  it('writes nothing within the turn of a call', async () => {
    const { sim, look } = looked();
    await sim.untilListening();
    const { frames } = look(sim.call);
    sim.call.send({ type: 'caller.spoke' });
    expect(frames).toEqual([]);
    await sim.pass(60);
    expect(frames.map(({ type }) => type)).toContain('@xstate.event');
  });

  it('gives a second viewer the chart, and to both what happens from then on', async () => {
    const { sim, look } = looked();
    await sim.untilListening();
    const first = look(sim.call);
    await sim.pass(60);
    sim.call.send({ type: 'caller.spoke' });
    const second = look(sim.call);
    await sim.pass(60);
    sim.call.send({ type: 'caller.paused' });
    await sim.pass(60);

    for (const { model } of [first, second]) {
      expect(model.problems).toEqual([]);
      expect(model.named('call')?.values.at(-1)).toEqual(sim.call.state);
    }
    const events = ({ frames }: typeof first) => frames.flatMap(({ event }) => event?.type ?? []);
    expect(events(first).filter(type => type === 'caller.spoke')).toHaveLength(2);
    expect(events(second)).not.toContain('caller.spoke');
    expect(events(second)).toContain('caller.paused');
  });

  it('keeps to the events of a second, tells in one frame how many were left out, and shows what is now', async () => {
    const { sim, look } = looked();
    await sim.untilListening();
    const { frames, model } = look(sim.call, { maxEventsPerSecond: 10 });
    await sim.pass(1_100);
    const before = frames.length;
    for (let i = 0; i < 60; i++) sim.call.send({ type: i % 2 ? 'caller.paused' : 'caller.spoke' });
    await sim.pass(100);
    expect(frames.slice(before)).toHaveLength(10);

    await sim.pass(1_000);
    const [dropped, ...more] = told(frames.slice(before));
    expect(more).toEqual([]);
    expect(dropped.event).toEqual({ type: 'inspection.dropped', events: 110 });
    expect(dropped.snapshot.context).toMatchObject({ dropped: 110, maxEventsPerSecond: 10 });
    expect(model.named('call')?.values.at(-1)).toEqual(sim.call.state);
    expect(model.problems).toEqual([]);
  });

  it('tells every second of a flood that does not end', async () => {
    const { sim, look } = looked();
    await sim.untilListening();
    const { frames, model } = look(sim.call, { maxEventsPerSecond: 20 });
    for (let i = 0; i < 100; i++) {
      sim.call.send({ type: i % 2 ? 'caller.paused' : 'caller.spoke' });
      await sim.pass(50);
    }
    const floods = told(frames).filter(({ event }) => event.type === 'inspection.dropped');
    expect(floods.length).toBeGreaterThanOrEqual(4);
    expect(floods.length).toBeLessThanOrEqual(6);
    expect(
      frames.filter(({ type, sessionId }) => type !== '@xstate.actor' && sessionId !== 'inspection').length,
    ).toBeLessThanOrEqual(6 * 20);
    await sim.pass(2_000);
    expect(model.named('call')?.values.at(-1)).toEqual(sim.call.state);
  });

  it('stops writing after five milliseconds, and goes on when others have had their turn', async () => {
    const clock = new SlowClock();
    const { sim, look } = looked({ clock });
    await sim.untilListening();
    const { frames } = look(sim.call);
    for (let i = 0; i < 40; i++) sim.call.send({ type: i % 2 ? 'caller.paused' : 'caller.spoke' });

    const perTurn: number[] = [];
    while (clock.pending > 0 && perTurn.length < 100) {
      const before = frames.length;
      await clock.advance(50);
      perTurn.push(frames.length - before);
    }
    expect(Math.max(...perTurn)).toBeLessThanOrEqual(5);
    expect(frames.filter(({ event }) => event?.type === 'caller.spoke')).toHaveLength(40);
  });

  it('drops a viewer who does not read, and keeps the others', async () => {
    const { sim, look } = looked();
    await sim.untilListening();
    let room = 3;
    const slow = look(sim.call, {}, () => room-- > 0);
    const quick = look(sim.call);
    await sim.pass(60);
    sim.call.send({ type: 'caller.spoke' });
    await sim.pass(60);
    expect(slow.closes).toEqual(['1013 too slow']);
    expect(slow.frames).toHaveLength(3);
    expect(quick.closes).toEqual([]);
    expect(quick.model.named('call')?.values.at(-1)).toEqual(sim.call.state);
  });

  it('lets go of a call at its end, after its last step', async () => {
    const { sim, inspection, look } = looked({}, new SimCall({ host: { onEnded: call => end(call) } }));
    const end = (call: Call) => inspection.ended(call);
    await sim.untilListening();
    const { model, closes } = look(sim.call);
    sim.call.send({ type: 'caller.hungUp' });
    await sim.pass(10_000);
    expect(model.named('call')?.status).toBe('done');
    expect(closes).toEqual(['1000 the call has ended']);
    expect(inspection.size).toBe(0);
  });

  it('inspects so many calls and no more, and takes the next when one has ended', async () => {
    const { sim, inspection, look } = looked(
      { maxCalls: 2 },
      new SimCall({ host: { onEnded: call => end(call) } }),
    );
    const end = (call: Call) => inspection.ended(call);
    const others = ['second', 'third'].map(id => sim.another(id).call) as [Call, Call];
    const { frames } = look(null);
    await sim.pass(1_100);
    const roots = () => frames.filter(({ type, name }) => type === '@xstate.actor' && name === 'call').length;
    expect([roots(), inspection.size]).toEqual([2, 2]);
    expect(inspection.refusal(others[1])).toMatch(/^2 calls are inspected already/);
    expect(inspection.refusal(others[0])).toBeNull();

    sim.call.send({ type: 'caller.hungUp' });
    await sim.pass(12_000);
    expect([roots(), inspection.size]).toEqual([3, 2]);
    expect(told(frames).at(-1).snapshot.context).toMatchObject({
      liveCalls: 2,
      inspected: ['CAsecond', 'CAthird'],
    });
  });

  it('takes the same share of the calls for everybody, and holds every smaller share within', () => {
    const sids = Array.from({ length: 5_000 }, (_, i) => `CA${i}`);
    const of = (share: number) => sids.filter(sid => isSampled(sid, share));
    expect(of(0.1).length / sids.length).toBeCloseTo(0.1, 1);
    expect(of(0.5)).toEqual(expect.arrayContaining(of(0.1)));
    expect(of(1)).toEqual(sids);
  });

  it('shows nothing personal of a call whose agent demands it, whatever is asked for', async () => {
    const { sim, look } = looked({ redacts: () => true });
    await sim.untilListening();
    const { frames } = look(sim.call, { redact: false });
    sim.caller.press('1024#');
    await sim.pass(3_000);
    const texts = JSON.stringify(frames.map(({ event, snapshot }) => ({ event, snapshot })));
    expect(texts).not.toContain('1024');
    expect(texts).toContain('[words]');
  });
});

/** How many listen to the call's actor system. */
function countObservers(call: Call): () => number {
  let observers = 0;
  const inspect = call.inspect.bind(call);
  call.inspect = observer => {
    observers++;
    const stop = inspect(observer);
    return () => {
      observers--;
      stop();
    };
  };
  return () => observers;
}

/** Each look at it takes a millisecond. */
class SlowClock extends SimulatedClock {
  #looks = 0;

  override now(): number {
    return super.now() + this.#looks++;
  }
}
