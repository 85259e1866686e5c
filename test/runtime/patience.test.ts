import { expect, it } from 'vitest';
import { withPatience } from '../../runtime/actors/patience.ts';
import { SimulatedClock } from '../../runtime/clock.ts';

/** What comes of a wait for a provider that fails as soon as it is asked. */
async function waitFor(signal: AbortSignal): Promise<{ asked: number }> {
  let asked = 0;
  const failing: AsyncIterable<string> = {
    [Symbol.asyncIterator]: () => ({
      next() {
        asked++;
        return Promise.reject(new Error('the model is gone'));
      },
    }),
  };
  const events = withPatience(failing, {
    clock: new SimulatedClock(),
    signal,
    name: 'the model',
    limitMs: () => 1_000,
    waits() {},
    came() {},
  });
  for await (const _ of events) throw new Error('Nothing was said.');
  return { asked };
}

it('asks nobody for a reply that is not wanted any more: a failure that nobody hears of would end the process', async () => {
  expect(await waitFor(AbortSignal.abort())).toEqual({ asked: 0 });
  await expect(waitFor(new AbortController().signal)).rejects.toThrow('the model is gone');
});

it('ends without an error when it is given up in the moment in which the provider fails', async () => {
  const giving = new AbortController();
  const waiting = waitFor(giving.signal);
  giving.abort();
  expect(await waiting).toEqual({ asked: 1 });
});
