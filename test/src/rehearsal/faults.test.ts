import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../runtime/clock.ts';
import type { ChatEvent, ChatProvider, ChatRequest } from '../../../src/language/chat.ts';
import { type Fault, Faults } from '../../../src/rehearsal/faults.ts';

const request = { region: null, firstTokenTimeoutMs: 1_500 } as ChatRequest;
const chat: ChatProvider = {
  name: 'acme',
  async *stream() {
    yield { type: 'stop', reason: 'complete' };
  },
  async close() {},
};

/** How a provider that meets this fault answers, and when. */
async function answer(fault: Fault | null, heard = true) {
  const clock = new SimulatedClock();
  const call = { turn: 1 };
  const faults = new Faults({ isGuessing: () => !heard, turn: () => call.turn, wasHeard: () => heard });
  const provider = faults.meetAtProvider(chat, clock);
  if (fault) faults.arm('model', fault);
  const ask = async (): Promise<ChatEvent[]> => {
    const events: ChatEvent[] = [];
    for await (const event of provider.stream(request, new AbortController().signal)) events.push(event);
    return events;
  };
  let ended: unknown;
  let atMs = -1;
  ask()
    .catch(error => error)
    .then(end => {
      ended = end;
      atMs = clock.now();
    });
  await clock.advance(10_000);
  return { ended, atMs, call, faults, ask };
}

describe('a provider that meets its faults', () => {
  it.each([
    ['answers', null, [{ type: 'stop', reason: 'complete' }], 0],
    ['fails as providers do', { kind: 'fails' }, { fault: 'unavailable', provider: 'acme' }, 0],
    ['stalls until its time is up', { kind: 'stalls' }, { fault: 'timeout', provider: 'acme' }, 1_500],
    ['is slow', { kind: 'slow', byMs: 700 }, [{ type: 'stop', reason: 'complete' }], 700],
  ] as const)('%s', async (_, fault, ended, atMs) => {
    expect(await answer(fault)).toMatchObject({ ended, atMs });
  });

  it('meets them in as many turns as was asked, however often it is asked in one; a guess is no turn', async () => {
    const once = await answer({ kind: 'fails' });
    await expect(once.ask()).rejects.toThrow('it fails as it was told to');
    once.call.turn++;
    expect(await once.ask()).toHaveLength(1);

    const guess = await answer({ kind: 'fails' }, false);
    guess.call.turn++;
    await expect(guess.ask()).rejects.toThrow('it fails as it was told to');
  });

  it('leaves none for the model as a whole', async () => {
    const { faults } = await answer(null);
    faults.arm('model', { kind: 'fails' });
    expect(faults.takeForModel()).toBeNull();
    expect(faults.take('model')).toEqual({ kind: 'fails' });
  });
});
