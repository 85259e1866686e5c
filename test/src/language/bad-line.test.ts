import { expect, it } from 'vitest';
import type { Recognition } from '../../../runtime/ports.ts';
import { runCall } from '../../faults/caller.ts';
import { openWorld } from '../../faults/world.ts';

/** The same recogniser, never sure of anything, and never sure that a phrase is whole. */
function muffled(recognition: Recognition): Recognition {
  return {
    name: recognition.name,
    detectsTurns: recognition.detectsTurns,
    open: (options, listener) =>
      recognition.open(options, {
        partial: text => listener.partial(text, false),
        final: text => listener.final(text, 0.3),
        failed: error => listener.failed(error),
      }),
    close: () => recognition.close(),
  };
}

it('Over a bad line the caller is asked to repeat, twice at most, and no model is asked about it', async () => {
  const world = await openWorld({ brain: 'bedrock' });
  try {
    const { summary } = await runCall({ ...world, recognition: muffled(world.recognition) });
    const [first, second, third] = (summary?.turns ?? []).filter(turn => turn.caller !== null);
    for (const turn of [first, second]) {
      expect(turn?.agent.heard).toMatch(/^Sorry, I (didn't catch|still didn't get) that\./);
      expect(turn?.usage).toEqual([]);
      expect(turn?.explanations).toEqual([
        expect.stringMatching(/^The caller is asked to repeat and no model is asked, .*\(confidence 0\.30/),
      ]);
    }
    // Some lines do not get better: what was understood has to do.
    expect(third?.explanations.join('\n')).toMatch(/Answered by \S+ on bedrock/);
    expect(second?.explanations[0]).toContain('over 2 turns');
    expect(summary?.outcome).toBe('completed');
  } finally {
    await world.close();
  }
});
