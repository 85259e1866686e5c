import { expect, it } from 'vitest';
import { SILENCE, speak } from '../harness/spoken-text.ts';
import { runCall, type Say } from './caller.ts';
import { type Brain, openWorld } from './world.ts';

/** Long enough for Flux to guess that the turn is over, too short for it to be. */
const HESITATION = Array.from({ length: 26 }, () => SILENCE);

/** Says yes, and takes it back after a moment's hesitation: once. */
function changesMind(): Say {
  let hasHesitated = false;
  return flowState => {
    if (flowState !== 'takingNumber.confirming' || hasHesitated) return null;
    hasHesitated = true;
    return [...speak('yes.'), ...HESITATION, ...speak('no that is wrong')];
  };
}

it.each<Brain>(['bedrock', 'openrouter'])(
  'A reply of %s that was prepared on a wrong guess leaves no trace, and none of its tools runs',
  async brain => {
    const world = await openWorld({
      brain,
      ears: 'flux-general-en',
      pace: { firstMs: 0, wordMs: 0 },
    });
    const asked = () => [...world.bedrock.requests, ...world.chat.requests];
    const runsAt = new Map<string, number>();
    const { summary, longestWaitMs, entries } = await runCall(
      world,
      flowState => runsAt.set(flowState, world.tools.runs),
      changesMind(),
    );
    await world.close();

    // The guess was made, and put to the model, before the caller went on.
    const bodies = asked().map(({ body }) => JSON.stringify(body));
    const firstWith = (words: string) => bodies.findIndex(body => body.includes(words));
    expect(firstWith('<caller>yes</caller>')).toBeGreaterThan(0);
    expect(firstWith('<caller>yes</caller>')).toBeLessThan(firstWith('that is wrong</caller>'));
    expect(
      entries.filter(entry => entry.kind === 'event' && entry.event.type === 'caller.wentOn'),
    ).not.toEqual([]);

    expect(runsAt.get('takingNumber.asking')).toBe(0);
    expect(world.tools.runs).toBe(1);
    expect(summary).toMatchObject({ outcome: 'completed', facts: { orderNumber: '1024' }, unanswered: [] });
    const turns = summary?.turns ?? [];
    expect(turns.flatMap(turn => turn.choices)).toEqual([
      'caller.saysNumber',
      'caller.deniesNumber',
      'caller.saysNumber',
      'caller.confirmsNumber',
      'caller.needsNothingElse',
    ]);
    expect(turns.map(turn => turn.caller?.text).filter(Boolean)).toEqual([
      'my order number is one zero two four',
      'yes no that is wrong',
      'my order number is one zero two four',
      'yes',
      'no thanks',
    ]);
    expect(longestWaitMs).toBeLessThan(4_000);
  },
);
