import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderStatus } from '../../../machines/flows/order-status.ts';
import { stateName } from '../../../src/call-views.ts';
import { compareCall } from '../../../src/replay/compare.ts';
import { stepsOf } from '../../../src/replay/steps.ts';
import { storyOf } from '../../../src/replay/story.ts';
import { delays, eventful, type Lived, live, tapes } from '../../harness/random-calls.ts';
import { edited, renamed } from './recorded.ts';

/** Something of everything, whatever the dice say. */
const examples: [typeof eventful, { model: number; voice: number }][] = [
  [eventful, { model: 0, voice: 150 }],
];

function recorded({ start, entries, last }: Lived) {
  return { start, entries, outcome: last.summary?.outcome ?? null };
}

describe('any call whatever', () => {
  it('does not part from the same flow under another name, and that is a fact', async () => {
    const sameFlow = renamed();
    const kinds = new Set<string>();
    await fc.assert(
      fc.asyncProperty(tapes, delays, async (tape, delaysMs) => {
        const story = storyOf(recorded(await live(tape, delaysMs)), orderStatus);
        const comparison = compareCall(story, sameFlow);
        expect(comparison).toMatchObject({
          parting: null,
          turning: null,
          unknown: null,
          effect: 'unchanged',
          isAssumed: false,
          closed: [],
        });
        expect(comparison.beats.every(({ basis }) => basis === 'fact')).toBe(true);
        expect(comparison.end.would).toEqual(comparison.end.was);
        expect(comparison.facts.would).toEqual(comparison.facts.was);
        for (const beat of story.beats) kinds.add(beat.kind === 'tool' ? beat.event.type : beat.kind);
      }),
      { numRuns: 60, examples },
    );
    expect([...kinds].sort()).toEqual([
      'choice',
      'noChoice',
      'tool.failed',
      'tool.succeeded',
      'transferFailed',
    ]);
  });

  it('is told as it was lived: in its steps, its last facts and its end', async () => {
    await fc.assert(
      fc.asyncProperty(tapes, delays, async (tape, delaysMs) => {
        const lived = await live(tape, delaysMs);
        const call = recorded(lived);
        const { steps, strayTimers, failure } = stepsOf(call, orderStatus);
        const story = storyOf(call, orderStatus);
        const { summary } = lived.last;

        expect({ strayTimers, failure }).toEqual({ strayTimers: 0, failure: null });
        expect(steps.at(-1)?.callState).toBe('ended');
        expect(steps.at(-1)?.flow?.facts).toEqual(summary?.facts);
        expect(story.outcome).toBe(summary?.outcome);
        // Every state of the flow that a step shows is one that the story comes to, in the same order.
        const shown = steps.filter(({ movedFlow }) => movedFlow).map(({ flow }) => flow?.state);
        const told = story.beats.flatMap(({ kind, after }) => (kind === 'noChoice' ? [] : [after.state]));
        expect(told).toEqual(shown);
        // Each step is where the call's own chart was after the same event.
        const states = new Set(lived.steps.map(({ state }) => stateName(state)));
        expect(steps.slice(1).filter(({ callState }) => !states.has(callState))).toEqual([]);
      }),
      { numRuns: 40, examples },
    );
  });

  it('comes to an answer in a flow that is cut down to its greeting', async () => {
    const bare = edited(chart => {
      chart.on = { 'caller.saysGoodbye': chart.on['caller.saysGoodbye'] };
      for (const state of Object.values<{ on?: object }>(chart.states)) delete state.on;
    });
    await fc.assert(
      fc.asyncProperty(tapes, delays, async (tape, delaysMs) => {
        const { beats, effect, unknown } = compareCall(
          storyOf(recorded(await live(tape, delaysMs)), orderStatus),
          bare,
        );
        expect(effect === 'unknown').toBe(unknown !== null);
        // What is a fact comes first, and nothing is known after nobody knows.
        const bases = beats.map(({ basis }) => basis);
        expect(bases.lastIndexOf('fact')).toBe(bases.filter(basis => basis === 'fact').length - 1);
        if (bases.includes('unknown'))
          expect(bases.slice(bases.indexOf('unknown')).every(b => b === 'unknown')).toBe(true);
      }),
      { numRuns: 40, examples },
    );
  });
});
