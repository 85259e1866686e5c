import type { AnyMachineSnapshot, AnyStateMachine } from 'xstate';
import { type FlowView, viewFlow } from '../../machines/flow-view.ts';

const MOST_KEPT = 5_000;

const kept = new WeakMap<AnyStateMachine, Map<string, FlowView>>();

/** `viewFlow`, worked out once for each place that calls come to again and again. */
export function viewOf(snapshot: AnyMachineSnapshot, language: string): FlowView {
  let views = kept.get(snapshot.machine);
  if (!views) {
    views = new Map();
    kept.set(snapshot.machine, views);
  }
  const place = JSON.stringify([language, snapshot.value, snapshot.context]);
  let view = views.get(place);
  if (!view) {
    if (views.size >= MOST_KEPT) views.clear();
    view = viewFlow(snapshot, language);
    views.set(place, view);
  }
  return view;
}
