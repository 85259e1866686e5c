import { describe, expect, it } from 'vitest';
import { orderStatus } from '../../../machines/flows/order-status.ts';
import { compareCall } from '../../../src/replay/compare.ts';
import type { RecordedCall } from '../../../src/replay/recorded-call.ts';
import { storyOf } from '../../../src/replay/story.ts';
import { summarise } from '../../../src/replay/summary.ts';
import { edited, record } from './recorded.ts';

async function named(callId: string, sayings: string[]): Promise<RecordedCall> {
  const call = await record(sayings);
  return { ...call, start: { ...call.start, callId } };
}

const calls = Promise.all([
  named('asks', ['one zero two four.', 'yes.', 'no thanks.']),
  named('asks too', ['one zero two four.', 'yes.', 'goodbye.']),
  named('help', ['help.', 'goodbye.']),
  named('hours', ['opening hours.', 'no thanks.']),
  named('bananas', ['bananas.', 'goodbye.']),
  named('person', ['agent.']),
]);

describe('a week of calls in an edited flow', () => {
  it('is summed up by what would have become of the callers', async () => {
    const flow = edited(chart => {
      // A number is not read back, help hangs up, hours are not known, and nobody is passed on.
      chart.on['caller.saysNumber'].target = '.lookingUp';
      chart.states.helping.meta.afterwards = 'hangUp';
      delete chart.on['caller.asksOpeningHours'];
      chart.on['caller.wantsPerson'].target = '.sorry';
      chart.states.sorry = { meta: { say: 'Nobody is here. What else?' } };
      delete chart.states.lookingUp.on['tool.succeeded'][0].actions;
    });
    const comparisons = (await calls).map(call => compareCall(storyOf(call, orderStatus), flow));
    const summary = summarise(comparisons);

    expect(summary.calls).toBe(6);
    expect(summary.effects).toMatchObject({
      sameCourse: { calls: 1, examples: ['bananas'] },
      otherEnd: { calls: 4, examples: ['asks', 'asks too', 'help'] },
      unknown: { calls: 1, examples: ['hours'] },
    });
    expect(Object.values(summary.effects).reduce((sum, { calls: some }) => sum + some, 0)).toBe(6);
    expect(summary.endings).toEqual(
      expect.arrayContaining([
        {
          from: { state: 'goodbye', how: 'completed' },
          to: { state: 'helping', how: 'hangUp' },
          calls: 3,
          examples: ['asks', 'asks too', 'help'],
        },
      ]),
    );
    expect(summary.unknown).toEqual([{ state: 'takingNumber.greeting', calls: 1, examples: ['hours'] }]);
    expect(summary.lostStates.map(({ state }) => state)).toEqual(
      expect.arrayContaining(['takingNumber.confirming', 'transferring', 'answering.openingHours']),
    );
    // Bananas still come to the goodbye.
    expect(summary.lostStates.map(({ state }) => state)).not.toContain('goodbye');
    expect(summary.newStates).toEqual([{ state: 'sorry', calls: 1, examples: ['person'] }]);
    expect(summary.askedAgain).toEqual([
      { state: 'takingNumber.greeting', was: 1, would: 2, calls: 1, examples: ['hours'] },
    ]);
    expect(summary.closedChoices).toEqual(
      expect.arrayContaining([
        {
          state: 'answering.orderFound',
          choice: 'caller.confirmsNumber',
          calls: 2,
          examples: ['asks', 'asks too'],
        },
        { state: 'takingNumber.greeting', choice: 'caller.asksOpeningHours', calls: 1, examples: ['hours'] },
      ]),
    );
    expect(summary.facts.map(({ fact, calls: some }) => [fact, some])).toEqual([
      ['item', 2],
      ['status', 2],
      ['arrival', 2],
    ]);
    expect(summary.partings[0]).toMatchObject({
      was: 'takingNumber.confirming',
      would: 'lookingUp',
      choiceThen: 'caller.confirmsNumber',
      choiceNow: 'caller.hasAnotherQuestion',
      calls: 2,
    });
  });

  it('has nothing to tell of the same flow', async () => {
    const comparisons = (await calls).map(call => compareCall(storyOf(call, orderStatus), orderStatus));
    expect(summarise(comparisons)).toMatchObject({
      calls: 6,
      effects: { unchanged: { calls: 6 } },
      partings: [],
      endings: [],
      unknown: [],
      lostStates: [],
      newStates: [],
      askedAgain: [],
      closedChoices: [],
      facts: [],
      skipped: [],
    });
  });
});
