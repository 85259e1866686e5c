import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../runtime/clock.ts';
import { type ExpectedCall, Reception } from '../../../src/telephony/reception.ts';

function expected(callSid: string, resume = false): ExpectedCall {
  const parameters = { edge_region: 'fra1' };
  return {
    callSid,
    accountSid: 'AC1',
    from: '+1',
    to: '+2',
    direction: 'inbound',
    callStatus: 'ringing',
    parameters,
    resume,
  };
}

function newReception(options: { maxWaiting?: number; lifetimeMs?: number } = {}) {
  const clock = new SimulatedClock();
  const refused: string[] = [];
  const expired: string[] = [];
  const reception = new Reception({
    clock,
    onRefused: (reason, callSid) => refused.push(`${reason} ${callSid}`),
    onExpired: call => expired.push(call.callSid),
    ...options,
  });
  return { clock, refused, expired, reception };
}

describe('the reception', () => {
  it('admits the announced call by its token, with everything the webhook said', () => {
    const { clock, reception, expired } = newReception();
    const call = expected('CA1');

    expect(reception.admit(reception.announce(call), 'CA1')).toEqual(call);
    clock.advanceSync(60_000);
    expect(expired).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('gives every announcement a token of its own, 128 random bits long', () => {
    const { reception } = newReception();
    const tokens = Array.from({ length: 200 }, (_, i) => reception.announce(expected(`CA${i}`)));

    expect(new Set(tokens).size).toBe(200);
    for (const token of tokens) expect(Buffer.from(token, 'base64url')).toHaveLength(16);
    reception.close();
  });

  it('admits once: a replayed token is refused', () => {
    const { reception, refused } = newReception();
    const token = reception.announce(expected('CA1'));
    reception.admit(token, 'CA1');

    expect(reception.admit(token, 'CA1')).toBeNull();
    expect(refused).toEqual(['replayed CA1']);
  });

  it('refuses a guess, and a token shown for another call, without using the token up', () => {
    const { reception, refused } = newReception();
    const token = reception.announce(expected('CA1'));

    expect(reception.admit('guess', 'CA1')).toBeNull();
    expect(reception.admit(token, 'CA2')).toBeNull();
    expect(reception.admit(token, 'CA1')).not.toBeNull();
    expect(refused).toEqual(['unknown CA1', 'wrongCall CA2']);
  });

  it('stops waiting after 30 seconds and says which stream never came', () => {
    const { clock, reception, refused, expired } = newReception();
    const token = reception.announce(expected('CA1'));

    clock.advanceSync(29_999);
    expect(expired).toEqual([]);
    clock.advanceSync(1);
    expect(expired).toEqual(['CA1']);
    expect(reception.admit(token, 'CA1')).toBeNull();
    expect(refused).toEqual(['expired CA1']);
  });

  it('voids the earlier token when a call is announced again', () => {
    const { reception, refused, expired, clock } = newReception();
    const first = reception.announce(expected('CA1'));
    const second = reception.announce(expected('CA1', true));

    expect(reception.admit(first, 'CA1')).toBeNull();
    expect(refused).toEqual(['withdrawn CA1']);
    expect(reception.admit(second, 'CA1')?.resume).toBe(true);
    clock.advanceSync(60_000);
    expect(expired).toEqual([]);
  });

  it('is bounded: the one that has waited longest gives way', () => {
    const { reception, expired } = newReception({ maxWaiting: 2 });
    for (const callSid of ['CA1', 'CA2', 'CA3']) reception.announce(expected(callSid));

    expect(expired).toEqual(['CA1']);
    expect(reception.waitingCalls).toBe(2);
    reception.close();
  });

  it('counts new calls on their way, not streams of calls that live already', () => {
    const { reception, clock } = newReception();
    reception.announce(expected('CA1'));
    reception.announce(expected('CA2', true));

    expect(reception.waitingCalls).toBe(1);
    reception.close();
    expect(clock.pending).toBe(0);
  });

  it('never tells a callback the token', () => {
    const told: unknown[] = [];
    const clock = new SimulatedClock();
    const onRefused = (...heard: unknown[]) => void told.push(heard);
    const reception = new Reception({ clock, onRefused, onExpired: call => told.push(call) });
    const token = reception.announce(expected('CA1'));

    reception.admit(token, 'CA2');
    clock.advanceSync(30_000);
    reception.admit(token, 'CA1');
    expect(told).toHaveLength(3);
    expect(JSON.stringify(told)).not.toContain(token);
  });
});
