import { expect, it } from 'vitest';
import { SimulatedClock } from '../../runtime/clock.ts';
import { Caller } from './caller.ts';
import { Chance } from './chance.ts';

const LONG_MS = 6_000;

/** What callers agree to who hear these sentences, each after they have answered the one before. */
function agreedTo(sentences: readonly string[]): Set<string> {
  const agreed = new Set<string>();
  for (let seed = 0; seed < 20; seed++) {
    const clock = new SimulatedClock();
    const caller = new Caller({
      clock,
      chance: new Chance(`caller/${seed}`),
      habits: new Set(),
      hear() {},
      key() {},
      hangUp() {},
      agreed: item => agreed.add(item),
      did() {},
      tell() {},
    });
    for (const sentence of sentences) {
      caller.hears(sentence);
      caller.hearsUntil(clock.now() + 500);
      clock.advanceSync(LONG_MS);
    }
    caller.stop();
  }
  return agreed;
}

it('A caller who says yes agrees to the order that was read out, whichever they said themselves', () => {
  expect(agreedTo(['What can I do?', 'Order 3 4 8 4, right?'])).toEqual(new Set(['3484']));
});

it('A caller who is asked whether to try again agrees to what was read out last', () => {
  expect(agreedTo(['Order 3 4 8 4, right?', 'That did not work.', 'Try again?'])).toEqual(new Set(['3484']));
});

it('A caller does not agree to what nobody has read out', () => {
  expect(agreedTo(['What can I do?', 'Right?', 'Try again?'])).toEqual(new Set());
});
