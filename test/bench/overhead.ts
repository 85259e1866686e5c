import type { Bench, BenchOptions, BenchResult, Figure } from './bench.ts';
import { loadNote, onStage } from './stage.ts';

/** Pauses as of quick providers. They are taken out of the result. */
const PROVIDERS = { recognitionMs: 30, modelMs: 40, voiceMs: 30, letterMs: 4 };
const WARM_UP_S = 4;

/** From the recogniser's final text to the first frame on the socket, without what model and voice took. */
export const overhead: Bench = {
  name: 'overhead',
  title: 'What we add to a turn, between the providers',
  async run(options) {
    const results = [await measure('auto', options), await measure('ws', options)];
    return {
      figures: results.flatMap(result => result.figures),
      profiles: Object.assign({}, ...results.map(result => result.profiles)),
    };
  },
};

function measure(transport: 'auto' | 'ws', options: BenchOptions): Promise<BenchResult> {
  const { storage, seconds, profile } = options;
  return onStage({ transport, storage, providers: PROVIDERS }, async stage => {
    const calls = Math.max(1, Math.round(options.calls / 10));
    // Without a full stop nothing is prepared before the turn is over; with one, everything is.
    const phrases = ['opening hours', 'delivery times.'];
    const manner = { phrases, interruptsAfterMs: null, turns: Number.POSITIVE_INFINITY };
    await stage.callers.ask('converse', { url: stage.url, calls, perSecond: 50, manner });
    await stage.measure(WARM_UP_S, false);
    const { window, heard } = await stage.measure(seconds, profile);
    await stage.callers.ask('hangUp', null);

    const { overhead: thought, strictOverhead: strict, preparedOverhead: prepared } = window.times;
    const on = `${stage.transport}, ${heard.lines} calls`;
    const figures: Figure[] = [
      {
        name: `overhead p50, ${on}`,
        value: thought.p50,
        unit: 'ms',
        target: 2,
        note: `${thought.count} turns`,
      },
      { name: `overhead p99, ${on}`, value: thought.p99, unit: 'ms', target: 10, note: loadNote(window) },
      { name: `with late timers as ours p50, ${on}`, value: strict.p50, unit: 'ms' },
      { name: `with late timers as ours p99, ${on}`, value: strict.p99, unit: 'ms' },
      {
        name: `of prepared replies p50, ${on}`,
        value: prepared.p50,
        unit: 'ms',
        target: 2,
        note: `${prepared.count} turns`,
      },
      { name: `of prepared replies p99, ${on}`, value: prepared.p99, unit: 'ms', target: 10 },
    ];
    return { figures, profiles: profile ? { [`overhead ${stage.transport}`]: window.profile } : {} };
  });
}
