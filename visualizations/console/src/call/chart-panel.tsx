import { useComputed, useSignal } from '@preact/signals';
import { Button } from '../components/button.tsx';
import { Chart } from '../components/chart.tsx';
import { EmptyState } from '../components/state-block.tsx';
import { Tabs } from '../components/tabs.tsx';
import type { CallStep } from '../shell/types.ts';
import { NowStrip } from './now-strip.tsx';
import { mainState } from './state-names.ts';
import type { Timeline } from './timeline.ts';

const TRAIL_STEPS = 4;
const FADES_BY = 0.55;
const NO_STATES: readonly string[] = [];

/** The call's chart or its flow's, as it stood at the moment. */
export function ChartPanel({ timeline }: { timeline: Timeline }) {
  const shown = useSignal<'call' | 'flow'>('flow');
  const follows = useSignal(true);
  const { opening } = timeline.data;
  const hasSteps = opening.value?.chart !== 'none';

  return (
    <section class="panel call-charts" aria-label="Charts">
      <Tabs
        label="Charts"
        tabs={[
          { id: 'flow', label: 'Flow' },
          { id: 'call', label: 'Call' },
        ]}
        selected={shown.value}
        onSelect={id => {
          shown.value = id as 'call' | 'flow';
        }}
        panelClass="call-chart-box"
      >
        {hasSteps ? (
          <Picture key={shown.value} which={shown.value} timeline={timeline} follows={follows.value} />
        ) : shown.value === 'call' ? (
          <Chart src="/api/charts/call.svg" label="The call’s chart" />
        ) : (
          <EmptyState title="The flow is not known here">
            This call followed {opening.value?.flow}, which this server has neither in service nor kept. What
            was said and done is in the transcript.
          </EmptyState>
        )}
        {hasSteps && (
          <Button
            class="call-follow"
            aria-pressed={follows.value}
            title="Keep the lit state in view"
            onClick={() => {
              follows.value = !follows.value;
            }}
          >
            Follow
          </Button>
        )}
        {opening.value?.chart === 'today' && (
          <p class="call-chart-note">
            The call followed an earlier version of this flow; this is today’s, and may differ.
          </p>
        )}
      </Tabs>
      <NowStrip timeline={timeline} />
    </section>
  );
}

interface PictureProps {
  which: 'call' | 'flow';
  timeline: Timeline;
  follows: boolean;
}

function Picture({ which, timeline, follows }: PictureProps) {
  // Of steps that changed nothing here, the lists are the same ones as before: the picture is not painted again.
  const painting = useComputed(() => {
    const { steps } = timeline.data;
    const index = timeline.stepIndex.value;
    return { lit: statesOf(steps[index], which), ...trailOf(steps, index, which) };
  });
  const { opening } = timeline.data;
  const { flow, flowVersion, chart } = opening.value ?? { flow: '', flowVersion: '', chart: 'none' };
  const version = chart === 'followed' ? `?version=${encodeURIComponent(flowVersion)}` : '';
  const src =
    which === 'call' ? '/api/charts/call.svg' : `/api/charts/flows/${encodeURIComponent(flow)}.svg${version}`;
  const { lit, taken, strengths } = painting.value;

  return (
    <Chart
      src={src}
      label={which === 'call' ? 'The call’s chart' : `The chart of the flow ${flow}`}
      lit={lit}
      taken={taken}
      strengths={strengths}
      follow={follows ? mainState(lit) : null}
    />
  );
}

function statesOf(step: CallStep | undefined, which: 'call' | 'flow'): readonly string[] {
  return (which === 'call' ? step?.states : step?.flow?.states) ?? NO_STATES;
}

/** The last transitions, the older the fainter. */
function trailOf(steps: readonly CallStep[], index: number, which: 'call' | 'flow') {
  const taken: string[] = [];
  const strengths: Record<string, number> = {};
  for (let at = index, age = 0; at >= 0 && age < TRAIL_STEPS; at--) {
    const step = steps[at] as CallStep;
    const transitions = which === 'call' ? step.transitions : (step.flow?.transitions ?? NO_STATES);
    if (transitions.length === 0) continue;
    for (const id of transitions) {
      if (id in strengths) continue;
      taken.push(id);
      strengths[id] = FADES_BY ** age;
    }
    age++;
  }
  return { taken, strengths };
}
