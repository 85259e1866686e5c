import type { Bench, BenchOptions, BenchResult, Figure } from './bench.ts';
import { loadNote, onStage } from './stage.ts';

const PROVIDERS = { recognitionMs: 30, modelMs: 40, voiceMs: 30, letterMs: 60 };
const WARM_UP_S = 4;

/**
 * From the chart's event that the caller speaks to the `clear` on the socket; and from the moment the voice had lasted
 * long enough for that event, when a late timer counts as ours.
 */
export const bargeIn: Bench = {
  name: 'barge-in',
  title: 'How soon the agent falls silent when it is spoken to',
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
    const manner = {
      phrases: ['your opening hours'],
      interruptsAfterMs: 500,
      turns: Number.POSITIVE_INFINITY,
    };
    await stage.callers.ask('converse', { url: stage.url, calls, perSecond: 50, manner });
    await stage.measure(WARM_UP_S, false);
    const { window, heard } = await stage.measure(seconds, profile);
    await stage.callers.ask('hangUp', null);

    const { bargeIn: whole, bargeInChart: chart } = window.times;
    const on = `${stage.transport}, ${heard.lines} calls`;
    const figures: Figure[] = [
      {
        name: `speech event → clear p50, ${on}`,
        value: chart.p50,
        unit: 'ms',
        note: `${chart.count} interruptions`,
      },
      {
        name: `speech event → clear p99, ${on}`,
        value: chart.p99,
        unit: 'ms',
        target: 5,
        note: loadNote(window),
      },
      { name: `with late timers as ours p50, ${on}`, value: whole.p50, unit: 'ms' },
      { name: `with late timers as ours p99, ${on}`, value: whole.p99, unit: 'ms' },
      {
        name: `audio after clear, ${on}`,
        value: heard.bytesAfterClear,
        unit: 'bytes',
        target: 0,
        note: `callers saw ${heard.clears} clears`,
      },
    ];
    return { figures, profiles: profile ? { [`barge-in ${stage.transport}`]: window.profile } : {} };
  });
}
