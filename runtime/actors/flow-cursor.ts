import { type AnyMachineSnapshot, transition } from 'xstate';
import type { FlowEvent } from '../../machines/flow.ts';
import { type FlowView, viewFlow } from '../../machines/flow-view.ts';

/**
 * A reply's own place in the flow: it runs ahead of the call's flow while the turn is not certain, by pure steps that
 * have no effect on anybody.
 */
export class FlowCursor {
  #snapshot: AnyMachineSnapshot;
  #view: FlowView | null = null;
  readonly #language: string;

  constructor(snapshot: AnyMachineSnapshot, language: string) {
    this.#snapshot = snapshot;
    this.#language = language;
  }

  get view(): FlowView {
    this.#view ??= viewFlow(this.#snapshot, this.#language);
    return this.#view;
  }

  move(event: FlowEvent): void {
    this.#snapshot = transition(this.#snapshot.machine, this.#snapshot, event)[0] as AnyMachineSnapshot;
    this.#view = null;
  }
}
