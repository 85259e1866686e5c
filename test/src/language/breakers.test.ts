import { expect, test } from 'vitest';
import { SimulatedClock } from '../../../runtime/clock.ts';
import { ProviderError, type ProviderFault } from '../../../runtime/provider-error.ts';
import { Breakers } from '../../../src/language/breakers.ts';

const about = { provider: 'bedrock', region: 'us-east-1' };
const failure = (fault: ProviderFault, retryAfterMs: number | null = null) =>
  new ProviderError(fault, 'failed', { ...about, retryAfterMs });

function world() {
  const clock = new SimulatedClock();
  const breakers = new Breakers(clock, { threshold: 3, restMs: 5_000, maxRestMs: 120_000 });
  const fail = (fault: ProviderFault, times: number, region: string | null = 'us-east-1') => {
    for (let at = 0; at < times; at++) breakers.watch('bedrock', region).failed(failure(fault));
  };
  return { clock, breakers, fail, open: () => breakers.letsThrough('bedrock', 'us-east-1') };
}

test('three failures in a row close one region of one provider to requests, and nothing else', () => {
  const { breakers, fail, open } = world();
  fail('unavailable', 2);
  expect(open()).toBe(true);
  fail('unavailable', 1);

  expect(open()).toBe(false);
  expect(breakers.letsThrough('bedrock', 'us-west-2')).toBe(true);
  expect(breakers.letsThrough('openrouter', null)).toBe(true);
  expect(breakers.states()).toMatchObject({
    'bedrock/us-east-1': 'open',
    'bedrock/us-east-1, key': 'closed',
    'bedrock/us-west-2': 'closed',
    openrouter: 'closed',
  });
});

test('a success in between begins the count anew', () => {
  const { breakers, fail, open } = world();
  fail('unavailable', 2);
  breakers.watch('bedrock', 'us-east-1').succeeded();
  fail('unavailable', 2);
  expect(open()).toBe(true);
});

test('requests that were wrong, or taken back, say nothing about a provider', () => {
  const { breakers, fail, open } = world();
  fail('invalid', 5);
  for (let at = 0; at < 5; at++) breakers.watch('bedrock', 'us-east-1').withdrawn();
  expect(open()).toBe(true);
});

test('only the first thing told of a request counts', () => {
  const { breakers, open } = world();
  for (let at = 0; at < 2; at++) {
    const watched = breakers.watch('bedrock', 'us-east-1');
    for (let again = 0; again < 3; again++) watched.failed(failure('unavailable'));
  }
  expect(open()).toBe(true);
});

test('a provider that asks for a pause gets all of it at once', () => {
  const { clock, breakers, open } = world();
  breakers.watch('bedrock', 'us-east-1').failed(failure('throttled', 30_000));
  clock.advanceSync(29_999);
  expect(open()).toBe(false);
  clock.advanceSync(1);
  expect(open()).toBe(true);
});

test('closing leaves no timer behind', () => {
  const { clock, breakers, fail } = world();
  fail('unavailable', 3);
  expect(clock.pending).toBe(1);
  breakers.close();
  expect(clock.pending).toBe(0);
});

test("what is wrong with a company's own key closes it to that company alone, and other failures to everybody", () => {
  const { breakers, open } = world();
  const acme = breakers.ofAccount('acme', provider => provider === 'openrouter');
  const globex = breakers.ofAccount('globex', provider => provider === 'openrouter');
  const everybody = () => [acme, globex, breakers].map(one => one.letsThrough('openrouter', null));
  for (let at = 0; at < 3; at++) acme.watch('openrouter', null).failed(failure('unauthorized'));
  expect(everybody()).toEqual([false, true, true]);
  globex.watch('openrouter', null).failed(failure('throttled', 1_000));
  expect(everybody()).toEqual([false, false, true]);

  for (let at = 0; at < 3; at++) globex.watch('openrouter', null).failed(failure('unavailable'));
  expect(everybody()).toEqual([false, false, false]);
  // Where the installation pays, a throttled place is everybody's trouble.
  acme.watch('bedrock', 'us-east-1').failed(failure('throttled', 1_000));
  expect(open()).toBe(false);
});

test('a request of a company with a good key closes the breakers of place and key again', async () => {
  const { clock, breakers } = world();
  const acme = breakers.ofAccount('acme', () => true);
  for (const fault of ['unauthorized', 'unavailable'] as const)
    for (let at = 0; at < 3; at++) acme.watch('openrouter', null).failed(failure(fault));
  expect(breakers.states()).toEqual({ openrouter: 'open', 'openrouter, key of acme': 'open' });
  await clock.advance(5_000);
  expect(acme.letsThrough('openrouter', null)).toBe(true);
  acme.watch('openrouter', null).succeeded();
  expect(breakers.states()).toEqual({ openrouter: 'closed', 'openrouter, key of acme': 'closed' });
});

test("what is wrong with the installation's key does not keep companies with keys of their own waiting", () => {
  const { breakers } = world();
  const acme = breakers.ofAccount('acme', provider => provider === 'openrouter');
  for (let at = 0; at < 3; at++) breakers.watch('openrouter', null).failed(failure('unauthorized'));

  expect(breakers.letsThrough('openrouter', null)).toBe(false);
  expect(acme.letsThrough('openrouter', null)).toBe(true);
});
