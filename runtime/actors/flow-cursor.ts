import { type AnyMachineSnapshot, transition } from 'xstate';
import { type FlowEvent, type FlowView, viewFlow } from '../../machines/flow.ts';

/**
 * A reply's own place in the flow: it runs ahead of the call's flow while the turn is not certain, by pure steps that
 * have no effect on anybody.
 */
export class FlowCursor {
  #snapshot: AnyMachineSnapshot;
  #view: FlowView | null = null;

  constructor(snapshot: AnyMachineSnapshot) {
    this.#snapshot = snapshot;
  }

  get view(): FlowView {
    this.#view ??= viewFlow(this.#snapshot);
    return this.#view;
  }

  move(event: FlowEvent): void {
    this.#snapshot = transition(this.#snapshot.machine, this.#snapshot, event)[0] as AnyMachineSnapshot;
    this.#view = null;
  }
}
