import { expect, test } from 'vitest';
import { createActor } from 'xstate';
import { type BreakerEvent, breakerMachine } from '../../machines/breaker.ts';
import { SimulatedClock } from '../../runtime/clock.ts';

const failed: BreakerEvent = { type: 'request.failed', graceful: false, retryAfterMs: null };
const graceful: BreakerEvent = { ...failed, graceful: true };
const started: BreakerEvent = { type: 'request.started' };
const succeeded: BreakerEvent = { type: 'request.succeeded' };

function breaker(...events: BreakerEvent[]) {
  const clock = new SimulatedClock();
  const actor = createActor(breakerMachine, {
    clock,
    input: { threshold: 2, restMs: 1_000, maxRestMs: 4_000 },
  }).start();
  for (const event of events) actor.send(event);
  return { clock, send: actor.send, state: () => actor.getSnapshot().value };
}

/** How long it stays open, to the tick. */
function restOf({ clock, state }: ReturnType<typeof breaker>): number {
  for (let ms = 0; ms <= 100_000; ms += 500) {
    if (state() !== 'open') return ms;
    clock.advanceSync(500);
  }
  throw new Error('It never closes again.');
}

test('opens at the last straw, and rests', () => {
  const one = breaker(failed);
  expect(one.state()).toBe('closed');
  one.send(failed);
  expect(one.state()).toBe('open');
  expect(restOf(one)).toBe(1_000);
  expect(one.state()).toBe('halfOpen');
});

test('lets one request through to see, and closes when it succeeds', () => {
  const one = breaker(failed, failed);
  restOf(one);
  one.send(started);
  expect(one.state()).toBe('probing');
  one.send(succeeded);
  expect(one.state()).toBe('closed');
});

test('rests twice as long after each failed probe, up to the longest rest, and forgets with a success', () => {
  const one = breaker(failed, failed);
  const rests = [restOf(one)];
  for (let at = 0; at < 3; at++) {
    one.send(started);
    one.send(failed);
    rests.push(restOf(one));
  }
  expect(rests).toEqual([1_000, 2_000, 4_000, 4_000]);

  one.send(started);
  one.send(succeeded);
  one.send(failed);
  one.send(failed);
  expect(restOf(one)).toBe(1_000);
});

test('a probe that was taken back leaves the next one to see', () => {
  const one = breaker(failed, failed);
  restOf(one);
  one.send(started);
  one.send(graceful);
  expect(one.state()).toBe('halfOpen');
});

test('a probe of which nothing is heard does not hold it for ever', () => {
  const one = breaker(failed, failed);
  restOf(one);
  one.send(started);
  one.clock.advanceSync(30_000);
  expect(one.state()).toBe('halfOpen');
});

test('an answer to an older request while it rests closes it', () => {
  const one = breaker(started, failed, failed, succeeded);
  expect(one.state()).toBe('closed');
});

test('a pause that the provider asks for is kept even when it is longer than the longest rest', () => {
  const one = breaker({ ...failed, retryAfterMs: 9_000 });
  expect(one.state()).toBe('open');
  expect(restOf(one)).toBe(9_000);
});
