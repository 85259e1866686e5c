import type { AnyMachineSnapshot, AnyStateNode, AnyTransitionDefinition, InspectionEvent } from 'xstate';
import { transitionId } from '../draw/chart-model.ts';

/** How often each state of a flow was entered and each transition taken, by the ids that pictures have. */
export interface FlowHits {
  states: Record<string, number>;
  transitions: Record<string, number>;
}

/** What happened to the flow of one call: where it went, and by which transitions exactly. */
export class FlowTrace {
  readonly hits: FlowHits = { states: {}, transitions: {} };
  #active: ReadonlySet<string>;

  constructor(first: AnyMachineSnapshot) {
    this.#active = activeStates(first);
    for (const id of this.#active) this.hits.states[id] = 1;
  }

  /** Takes a microstep of the flow's actor. */
  follow(event: Extract<InspectionEvent, { type: '@xstate.microstep' }>): void {
    for (const transition of event._transitions as readonly AnyTransitionDefinition[]) {
      count(this.hits.transitions, transitionId(transition));
      // A state that is left only to be entered again.
      for (const id of (transition.target ?? []).map(stateId))
        if (this.#active.has(id)) count(this.hits.states, id);
    }
    const active = activeStates(event.snapshot as AnyMachineSnapshot);
    for (const id of active) if (!this.#active.has(id)) count(this.hits.states, id);
    this.#active = active;
  }
}

function activeStates({ _nodes }: AnyMachineSnapshot): ReadonlySet<string> {
  return new Set(_nodes.map(stateId));
}

function stateId({ machine, path }: AnyStateNode): string {
  return [machine.id, ...path].join('.');
}

function count(hits: Record<string, number>, id: string): void {
  hits[id] = (hits[id] ?? 0) + 1;
}
