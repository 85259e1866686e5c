import { expect, test } from 'vitest';
import { ProviderError, type ProviderFault } from '../../../runtime/provider-error.ts';
import { type Failure, nextStep } from '../../../src/language/next-rung.ts';
import type { Rung } from '../../../src/language/rung.ts';
import { rung } from './requests.ts';

const failed = rung({ model: 'sonnet', firstTokenMs: 1_600 });
const faster = rung({ model: 'haiku', firstTokenMs: 1_200 });
const elsewhere = rung({ model: 'sonnet', region: 'us-west-2', firstTokenMs: 1_700 });
const slower = rung({ model: 'opus', firstTokenMs: 2_200 });
const gateway = rung({ provider: 'openrouter', region: null, model: 'gpt', firstTokenMs: 1_800 });

function next(
  fault: ProviderFault,
  remaining: readonly Rung[],
  over: Partial<Failure> = {},
  retryAfterMs?: number,
) {
  const error = new ProviderError(fault, 'failed', { ...failed, retryAfterMs: retryAfterMs ?? null });
  const failure = { rung: failed, repaired: false, again: false, inMidReply: false, error, ...over };
  return nextStep(remaining, failure, () => 0.5);
}

test.each<[ProviderFault, string, readonly Rung[], Rung]>([
  ['throttled', 'a faster model', [slower, faster], faster],
  ['timeout', 'a faster model', [elsewhere, faster], faster],
  ['notReady', 'the next model', [elsewhere, faster], faster],
  ['unavailable', 'the same model in another region', [faster, elsewhere], elsewhere],
  ['broken', 'the same model in another region', [faster, elsewhere], elsewhere],
  ['unknown', 'the same model in another region', [faster, elsewhere], elsewhere],
  ['unauthorized', 'another provider', [faster, elsewhere, gateway], gateway],
])('%s is answered with %s', (fault, _, remaining, expected) => {
  expect(next(fault, remaining)).toMatchObject({ rung: expected, repaired: false, again: false });
});

test.each<ProviderFault>(['throttled', 'timeout', 'notReady', 'unavailable', 'broken', 'unknown'])(
  '%s, with nothing that suits it, is answered with what there is',
  fault => {
    const odd = fault === 'notReady' ? elsewhere : slower;
    expect(next(fault, [odd])?.rung).toBe(odd);
  },
);

test('a refused request is repaired once, and then asked of another model', () => {
  expect(next('invalid', [elsewhere, faster])).toMatchObject({ rung: failed, repaired: true, waitMs: 0 });
  expect(next('invalid', [elsewhere, faster], { repaired: true })).toMatchObject({
    rung: faster,
    repaired: false,
  });
});

test('a key that is refused for one model is tried for another, never for the same one in another region', () => {
  expect(next('unauthorized', [elsewhere, faster])?.rung).toBe(faster);
  expect(next('unauthorized', [elsewhere])).toBeNull();
});

test('a throttled place is given a moment before its next model is asked, other places none', () => {
  expect(next('throttled', [faster])?.waitMs).toBe(125);
  expect(next('throttled', [gateway])?.waitMs).toBe(0);
});

test.each<ProviderFault>(['throttled', 'unavailable', 'broken', 'unknown'])(
  'the only place is asked a second time after %s, and never a third',
  fault => {
    expect(next(fault, [])).toEqual({ rung: failed, repaired: false, again: true, waitMs: 375 });
    expect(next(fault, [], { again: true })).toBeNull();
  },
);

test.each<ProviderFault>(['timeout', 'notReady', 'unauthorized'])(
  'the only place is not asked again after %s',
  fault => {
    expect(next(fault, [])).toBeNull();
  },
);

test('a provider that asks for a longer wait than a caller bears is not waited for', () => {
  expect(next('throttled', [], {}, 1_500)?.waitMs).toBe(1_625);
  expect(next('throttled', [], {}, 30_000)).toBeNull();
});

test('the only place is asked again when it fell silent in mid-reply, and never a third time', () => {
  expect(next('timeout', [], { inMidReply: true })).toMatchObject({ rung: failed, again: true });
  expect(next('timeout', [], { inMidReply: true, again: true })).toBeNull();
});
