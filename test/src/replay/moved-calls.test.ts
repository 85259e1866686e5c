import { beforeAll, describe, expect, it } from 'vitest';
import { orderStatus } from '../../../machines/flows/order-status.ts';
import { comparisonText } from '../../../src/cli/replay/comparison-text.ts';
import { stepText } from '../../../src/cli/replay/steps-text.ts';
import { compareCall } from '../../../src/replay/compare.ts';
import type { RecordedCall } from '../../../src/replay/recorded-call.ts';
import { stepsOf } from '../../../src/replay/steps.ts';
import { storyOf } from '../../../src/replay/story.ts';
import { movedCall } from './moved.ts';
import { edited } from './recorded.ts';

const PLACES = [
  'The call begins at the edge.',
  'The call is handed to the cloud, because it has grown.',
  'Moved from edge iad to cloud-1 while the agent spoke',
  'Picked up by cloud-2 after cloud-1 died',
];

describe('a recorded call that moved', () => {
  let call: RecordedCall;
  beforeAll(async () => {
    call = await movedCall();
  });

  it('is lived again over the move and over the death of its node, with today’s chart', () => {
    const { steps, strayTimers, failure } = stepsOf(call, orderStatus);
    expect({ strayTimers, failure }).toEqual({ strayTimers: 0, failure: null });
    expect(steps.at(-1)).toMatchObject({ callState: 'ended', flow: { state: 'goodbye' } });
    const { outcome } = storyOf(call, orderStatus);
    expect(outcome).toBe('completed');
  });

  it('says step by step where it was worked on, and why', () => {
    const { steps } = stepsOf(call, orderStatus);
    const lines = steps.flatMap(step => stepText(step, steps[step.index - 1]));
    const told = lines.flatMap(line => /^ +place {4}(.*)$/.exec(line)?.[1] ?? []);
    expect(told).toEqual(PLACES);
  });

  it('says it in its story too, beside what the caller would notice of an edited flow', () => {
    const story = storyOf(call, orderStatus);
    expect(story.places.map(({ text }) => text)).toEqual(PLACES);

    const comparison = compareCall(story, orderStatus);
    expect(comparison).toMatchObject({ effect: 'unchanged', parting: null });
    const shouting = edited(chart => {
      chart.states.answering.states.openingHours.meta.say = 'ALWAYS.';
    });
    const lines = comparisonText(compareCall(story, shouting));
    const at = (text: string) => lines.findIndex(line => line.includes(text));
    const order = ['“yes”', ...PLACES.slice(1, 3), '“opening hours”', PLACES[3]!, '“no thanks”'].map(at);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(order).not.toContain(-1);
  });
});
