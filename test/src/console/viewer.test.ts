import { describe, expect, it } from 'vitest';
import type { Call } from '../../../runtime/call.ts';
import { SimulatedClock } from '../../../runtime/clock.ts';
import type { LogEntry } from '../../../runtime/journal.ts';
import type { CallFeeds } from '../../../src/console/call-feeds.ts';
import { CallsFeed } from '../../../src/console/calls-feed.ts';
import type { CallRow, ConsoleMessage } from '../../../src/console/protocol.ts';
import { Viewer } from '../../../src/console/viewer.ts';

/** As much of a call as the list looks at, counting how often it does. */
function someCall(number: number) {
  const listeners = new Set<(entry: LogEntry) => void>();
  const looks = { state: 0 };
  const value = { is: 'quiet' };
  const call = {
    start: { callSid: `CA${number}`, callId: `call-${number}`, parameters: {}, direction: 'inbound' },
    log: {
      listen(listener: (entry: LogEntry) => void) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    record: { turns: () => [], turn: () => undefined, warnings: 0, moves: [] },
    get state() {
      looks.state++;
      return { live: { floor: { listening: value.is } } };
    },
    flowState: 'asking',
    hasTag: () => false,
  } as unknown as Call;
  const move = (to: string) => {
    value.is = to;
    const entry: LogEntry = { seq: 1, atMs: 0, kind: 'timer', timer: 1 };
    for (const listener of listeners) listener(entry);
  };
  return { call, listeners, looks, move };
}

function open(count: number) {
  const clock = new SimulatedClock();
  const calls = Array.from({ length: count }, (_, index) => someCall(index));
  const feed = new CallsFeed({
    calls: () => calls.map(({ call }) => call),
    clock,
    partiesOf: () => ({ recognition: 'ears', synthesis: 'voice' }),
    redacts: () => false,
  });
  const sent: ConsoleMessage[] = [];
  const socket = {
    bufferedBytes: 0,
    closedWith: null as number | null,
    send(text: string) {
      sent.push(JSON.parse(text));
      return 'sent' as const;
    },
    close(code: number) {
      socket.closedWith = code;
    },
  };
  const viewer = new Viewer(socket, { clock, calls: feed, feeds: {} as CallFeeds, onError() {} });
  const ask = (request: object) => viewer.receive(JSON.stringify(request));
  return { clock, calls, feed, sent, socket, viewer, ask };
}

describe('the list of calls', () => {
  it('costs nothing while nobody watches', () => {
    const { calls, feed, ask } = open(3);
    feed.began(calls[0]!.call);
    expect(calls.map(({ listeners }) => listeners.size)).toEqual([0, 0, 0]);
    ask({ type: 'watchCalls', watch: 1 });
    expect(calls.map(({ listeners }) => listeners.size)).toEqual([1, 1, 1]);
    ask({ type: 'unwatch', watch: 1 });
    expect([feed.following, ...calls.map(({ listeners }) => listeners.size)]).toEqual([0, 0, 0, 0]);
  });

  it('looks at those alone that moved, four times a second at most, however often they moved', async () => {
    const { clock, calls, sent, ask } = open(1_000);
    ask({ type: 'watchCalls', watch: 1 });
    const before = calls.map(({ looks }) => looks.state);
    for (let ms = 0; ms < 1_000; ms += 10) {
      calls[7]?.move(ms % 20 ? 'hearing' : 'quiet');
      await clock.advance(10);
    }
    await clock.advance(1_000);
    const looked = calls.map(({ looks }, index) => looks.state - (before[index] ?? 0));
    expect(looked.filter(times => times > 0)).toHaveLength(1);
    expect(looked[7]).toBeLessThanOrEqual(5);
    expect(sent.filter(({ type }) => type === 'callsChanged').length).toBeLessThanOrEqual(5);
  });

  it('says nothing of a call whose line is the same as before', async () => {
    const { clock, calls, sent, ask } = open(2);
    ask({ type: 'watchCalls', watch: 1 });
    calls[1]?.move('quiet');
    await clock.advance(1_000);
    expect(sent.map(({ type }) => type)).toEqual(['calls']);
  });
});

describe('a page that reads slowly', () => {
  it('is told once of what moved many times, when it has read the rest', async () => {
    const { clock, calls, sent, socket, viewer, ask } = open(3);
    ask({ type: 'watchCalls', watch: 1 });
    socket.bufferedBytes = 1_000_000;
    for (let times = 0; times < 20; times++) {
      for (const { move } of calls) move(times % 2 ? 'hearing' : 'pausing');
      await clock.advance(500);
    }
    expect(sent).toHaveLength(1);
    socket.bufferedBytes = 0;
    viewer.drained();
    await clock.advance(500);
    expect(sent).toHaveLength(2);
    const { changed } = sent[1] as { changed: readonly CallRow[] };
    expect(changed.map(({ state }) => state)).toEqual(Array(3).fill('floor.listening.hearing'));
  });

  it('is closed when it has read nothing for half a minute, and then nobody is listened to', async () => {
    const { clock, calls, feed, socket, viewer, ask } = open(1);
    ask({ type: 'watchCalls', watch: 1 });
    socket.bufferedBytes = 1_000_000;
    calls[0]?.move('hearing');
    await clock.advance(29_000);
    expect(socket.closedWith).toBeNull();
    await clock.advance(2_000);
    expect(socket.closedWith).toBe(1013);
    viewer.close();
    expect([feed.following, clock.pending]).toEqual([0, 0]);
  });
});
