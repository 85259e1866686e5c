import { describe, expect, it } from 'vitest';
import type { Call } from '../../../runtime/call.ts';
import { SimulatedClock } from '../../../runtime/clock.ts';
import type { FrozenCall, FrozenLine } from '../../../runtime/frozen-call.ts';
import { type CallStart, type CallSummary, CallTakenOver } from '../../../runtime/journal.ts';
import type { PreparedCall } from '../../../runtime/moving/prepared-call.ts';
import { CallHadEnded } from '../../../runtime/moving/up-to-date.ts';
import { CannotGoOn, ReturningCalls } from '../../../src/cluster/returning-calls.ts';
import type { ClaimedCall } from '../../../src/storage/call-store.ts';
import { heard, sampleStart, sampleSummary } from '../storage/sample-calls.ts';

/** A node to which a call comes that was another's; `goOn` is what its host makes of it. */
function nodeWith(left: Partial<ClaimedCall> & { start: CallStart }, goOn: () => Call = () => ({}) as Call) {
  const clock = new SimulatedClock();
  const happened: string[] = [];
  const finished: CallSummary[] = [];
  const failures: Error[] = [];
  const unreachable: Error[] = [];
  const withoutFlow: Error[] = [];
  const sent: string[] = [];
  let isFree = true;
  const dropped: string[] = [];
  const call = { send: (event: { type: string }) => sent.push(event.type) } as unknown as Call;
  const setFree = () => {
    isFree = true;
  };
  const returning = new ReturningCalls({
    host: {
      bySid: () => undefined,
      restore() {
        happened.push('restored');
        return goOn();
      },
      prepare() {
        happened.push('prepared');
        const prepared = {
          callId: left.start.callId,
          go: () => call,
          drop: () => dropped.push(left.start.callId),
        };
        return prepared as unknown as PreparedCall;
      },
    },
    store: {
      peek: async () => null,
      async claim() {
        const failure = unreachable.shift();
        if (failure) throw failure;
        const claimed = isFree ? { frozen: null, entries: [heard(1, 'hello')], ...left } : null;
        isFree = false;
        if (claimed) happened.push('claimed');
        return claimed;
      },
      async finish(summary) {
        const failure = failures.shift();
        if (failure) throw failure;
        finished.push(summary);
      },
    },
    bounds: { isOpen: true, refusal: () => null },
    forgo: async () => {},
    clock,
    log: { info() {}, warn() {}, error() {} },
    async bringFlow() {
      const failure = withoutFlow.shift();
      if (failure) throw failure;
    },
    project: start => sampleSummary(start),
  });
  return { clock, happened, finished, failures, unreachable, withoutFlow, sent, dropped, returning, setFree };
}

const whole = { seq: 1, line: {} as FrozenLine } as FrozenCall;

describe('a call that comes back', () => {
  it('is claimed once, however often its carrier asks meanwhile', async () => {
    const start = sampleStart();
    const { returning, happened } = nodeWith({ start, frozen: whole });
    const asked = [returning.bringBack(start.callSid), returning.bringBack(start.callSid)];
    expect(await Promise.all(asked)).toEqual([true, true]);
    expect(await returning.bringBack(start.callSid)).toBe(true);
    expect(happened).toEqual(['claimed', 'prepared']);
    expect(returning.idOf(start.callSid)).toBe(start.callId);
  });

  it('goes on as it is by now, where it was elsewhere since it was expected here', async () => {
    const start = sampleStart();
    const { returning, happened, dropped, setFree } = nodeWith({ start, frozen: whole });
    await returning.bringBack(start.callSid);
    setFree();
    expect(await returning.bringBack(start.callSid)).toBe(true);
    expect(happened).toEqual(['claimed', 'prepared', 'claimed', 'prepared']);
    expect(dropped).toEqual([start.callId]);
    expect(returning.waiting).toBe(1);
  });

  it('is not lost to records that cannot be reached for a while', async () => {
    const start = sampleStart();
    const node = nodeWith({ start, frozen: whole });
    node.unreachable.push(...Array(9).fill(new Error('no connection is free')));
    node.withoutFlow.push(...Array(9).fill(new Error('no connection is free')));
    const coming = node.returning.bringBack(start.callSid);
    await node.clock.advance(5_000);
    expect(await coming).toBe(true);
    expect(node.happened).toEqual(['claimed', 'prepared']);

    const away = nodeWith({ start, frozen: whole });
    away.unreachable.push(...Array(1_000).fill(new Error('the records are away')));
    const given = expect(away.returning.bringBack(start.callSid)).rejects.toThrow('the records are away');
    await away.clock.advance(10_000);
    await given;
    expect(away.clock.pending).toBe(0);
  });

  it('was taken from the node that had gone on with it, seconds after whoever had asked for it had gone there', async () => {
    const start = sampleStart();
    const node = nodeWith({ start, frozen: whole });
    node.unreachable.push(...Array(9).fill(new Error('no connection is free')));
    let isWanted = true;
    const taking = expect(node.returning.takeOver(start.callSid, () => isWanted)).rejects.toThrow('is free');
    await node.clock.advance(500);
    isWanted = false;
    await node.clock.advance(5_000);
    await taking;
    expect(node.happened).toEqual([]);
  });

  it('with its voice in mid-air waits for its stream, and for its caller if that never comes', async () => {
    const start = sampleStart();
    const { returning, sent } = nodeWith({ start, frozen: whole });
    await returning.bringBack(start.callSid);
    returning.streamNeverCame(start.callSid);
    expect(sent).toEqual(['line.lost']);
    expect(returning.waiting).toBe(0);
  });

  it('whose caller has hung up is ended, here or by its record', async () => {
    const start = sampleStart();
    const waiting = nodeWith({ start, frozen: whole });
    await waiting.returning.bringBack(start.callSid);
    await waiting.returning.callerIsGone(start.callSid);
    expect(waiting.sent).toEqual(['caller.hungUp']);

    const left = nodeWith({ start });
    await left.returning.callerIsGone(start.callSid);
    expect(left.finished).toMatchObject([{ callId: start.callId, outcome: 'interrupted' }]);
    await left.returning.callerIsGone(start.callSid);
    expect(left.finished).toHaveLength(1);
  });

  it.each([
    ['came by something that does not come back', { carrier: 'conversationRelay' }, () => ({}) as Call],
    ['follows a flow that is not here', {}, thrower(new Error('Version 9 is not known here.'))],
  ] as const)('and %s is refused in its own language, and its record is closed', async (_, more, goOn) => {
    const start = sampleStart({ ...more, language: 'es-MX' });
    const { returning, finished, clock } = nodeWith({ start }, goOn);
    const refusal = await returning.bringBack(start.callSid).catch(error => error);
    expect(refusal).toBeInstanceOf(CannotGoOn);
    expect(refusal.language).toBe('es-MX');
    await clock.advance(0);
    expect(finished).toMatchObject([{ callId: start.callId, outcome: 'interrupted' }]);
  });

  it('that had ended is not brought back, and its record is closed', async () => {
    const start = sampleStart();
    const { returning, finished, clock } = nodeWith({ start }, thrower(new CallHadEnded()));
    expect(await returning.bringBack(start.callSid)).toBe(false);
    await clock.advance(0);
    expect(finished).toHaveLength(1);
  });

  it('and cannot go on has its record closed as soon as that can be written, unless somebody else has it', async () => {
    const start = sampleStart();
    const slow = nodeWith({ start }, thrower(new CallHadEnded()));
    slow.failures.push(new Error('away'), new Error('away'));
    await slow.returning.bringBack(start.callSid);
    await slow.clock.advance(5_000);
    expect(slow.finished).toHaveLength(1);

    const taken = nodeWith({ start }, thrower(new CallHadEnded()));
    taken.failures.push(new CallTakenOver(start.callId));
    await taken.returning.bringBack(start.callSid);
    await taken.clock.advance(5_000);
    expect(taken.finished).toEqual([]);
    expect(taken.clock.pending).toBe(0);
  });
});

function thrower(error: Error): () => Call {
  return () => {
    throw error;
  };
}
