import { useComputed } from '@preact/signals';
import { stateName, words } from '../shell/format.ts';
import type { CallStep } from '../shell/types.ts';
import { mainState, shortName } from './state-names.ts';
import type { Timeline } from './timeline.ts';

const SOON_MS = 3_000;

/** Where the call stands at the moment, since when, and what will happen unless something else does. */
export function NowStrip({ timeline }: { timeline: Timeline }) {
  const standing = useComputed(() => standingOf(timeline.data.steps, timeline.stepIndex.value));
  const { call, flow, timers } = standing.value;
  if (!call) return null;

  return (
    <div class="call-now">
      <dl>
        <Place title="Call" {...call} timeline={timeline} />
        {flow && <Place title="Flow" {...flow} timeline={timeline} />}
      </dl>
      {timers.length > 0 && (
        <ul class="call-timers" aria-label="Deadlines">
          {timers.map(timer => (
            <Deadline key={`${timer.name} ${timer.dueMs}`} {...timer} timeline={timeline} />
          ))}
        </ul>
      )}
    </div>
  );
}

interface PlaceProps {
  title: string;
  name: string;
  sinceMs: number;
  timeline: Timeline;
}

function Place({ title, name, sinceMs, timeline }: PlaceProps) {
  const time = useComputed(() => seconds(timeline.momentMs.value - sinceMs));
  const isOver = !timeline.isLive.value && timeline.cursorMs.value === null;
  return (
    <div>
      <dt>{title}</dt>
      <dd>
        <b>{name}</b> {!isOver && <span class="quiet">for {time}</span>}
      </dd>
    </div>
  );
}

function Deadline({ name, dueMs, timeline }: { name: string; dueMs: number; timeline: Timeline }) {
  const left = useComputed(() => Math.max(0, dueMs - timeline.momentMs.value));
  const text = useComputed(() => seconds(left.value));
  const isSoon = useComputed(() => left.value < SOON_MS);
  return (
    <li class={isSoon.value ? 'soon' : ''}>
      {words(name)} <b>{text}</b>
    </li>
  );
}

/** `3.2 s`, `2 min 05 s`. */
function seconds(ms: number): string {
  const total = Math.max(0, ms) / 1_000;
  if (total < 60) return `${total.toFixed(1)} s`;
  return `${Math.floor(total / 60)} min ${String(Math.floor(total % 60)).padStart(2, '0')} s`;
}

function standingOf(steps: readonly CallStep[], index: number) {
  const step = steps[index];
  const state = step && mainState(step.states);
  const call = state && {
    name: stateName(shortName(state)),
    sinceMs: sinceOf(steps, index, ({ states }) => states.includes(state)),
  };
  const flowState = step?.flow?.state;
  const flow = flowState && {
    name: stateName(flowState),
    sinceMs: sinceOf(steps, index, other => other.flow?.state === flowState),
  };
  return { call: call || null, flow: flow || null, timers: step?.timers ?? [] };
}

function sinceOf(steps: readonly CallStep[], index: number, isThere: (step: CallStep) => boolean): number {
  let first = index;
  while (first > 0 && isThere(steps[first - 1] as CallStep)) first--;
  return (steps[first] as CallStep).atMs;
}
