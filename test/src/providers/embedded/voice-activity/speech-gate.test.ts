import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SpeechGate } from '../../../../../src/providers/embedded/voice-activity/speech-gate.ts';

/** The indexes of the windows that changed something. */
function edgesOf(gate: SpeechGate, probabilities: readonly number[]): number[] {
  return probabilities.flatMap((probability, i) => (gate.push(probability) ? [i] : []));
}

const times = (count: number, probability: number) => Array<number>(count).fill(probability);

describe('the speech gate', () => {
  it.each([
    ['one loud window is a click', [0.9, 0.1, 0.9, 0.1], []],
    ['two in a row are speech', [0.1, 0.5, 0.5, 0.9], [2]],
    ['just under the threshold is not', times(9, 0.499), []],
    ['seven quiet windows (224 ms) end it', [...times(2, 0.9), ...times(8, 0.34)], [1, 8]],
    ['six do not', [...times(2, 0.9), ...times(6, 0.1), 0.4, ...times(6, 0.1)], [1]],
    ['a doubtful window keeps speech going', [...times(2, 0.9), ...times(20, 0.35)], [1]],
    ['speech may come again', [...times(2, 0.9), ...times(7, 0), ...times(2, 0.9)], [1, 8, 10]],
  ])('%s', (_, probabilities, edges) => {
    expect(edgesOf(new SpeechGate(), probabilities)).toEqual(edges);
  });

  it('changes exactly when enough windows in a row speak against the present state', () => {
    const options = fc.record({
      startWindows: fc.integer({ min: 1, max: 5 }),
      hangoverMs: fc.integer({ min: 1, max: 320 }),
    });
    const probabilities = fc.array(
      fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 1)),
    );

    fc.assert(
      fc.property(options, probabilities, fc.boolean(), (settings, heard, speakingAtFirst) => {
        const gate = new SpeechGate(settings, speakingAtFirst);
        let speaking = speakingAtFirst;
        let since = 0;
        heard.forEach((probability, i) => {
          const needed = speaking ? Math.ceil(settings.hangoverMs / 32) : settings.startWindows;
          const recent = heard.slice(Math.max(since, i + 1 - needed), i + 1);
          const against = recent.every(p => (speaking ? p < 0.35 : p >= 0.5));
          const change = recent.length === needed && against;
          expect(gate.push(probability)).toBe(change);
          if (!change) return;
          speaking = !speaking;
          since = i + 1;
        });
      }),
    );
  });

  it('does not count across an interruption, nor forget whether the caller speaks', () => {
    const gate = new SpeechGate({}, true);
    edgesOf(gate, times(6, 0));
    gate.interrupt();

    expect(edgesOf(gate, times(7, 0))).toEqual([6]);
  });
});
