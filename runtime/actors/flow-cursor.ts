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
  #hasMoved = false;
  readonly #language: string;
  readonly #isAnswer: boolean;

  /** `isAnswer`: the caller's words came after the question of the flow's state. */
  constructor(snapshot: AnyMachineSnapshot, language: string, isAnswer: boolean) {
    this.#snapshot = snapshot;
    this.#language = language;
    this.#isAnswer = isAnswer;
  }

  get view(): FlowView {
    this.#view ??= viewFlow(this.#snapshot, this.#language);
    return this.#view;
  }

  /** The flow with what the caller's words may choose: nobody agrees to what they have not been asked. */
  get open(): FlowView {
    const { view } = this;
    if (this.#isAnswer && !this.#hasMoved) return view;
    return { ...view, choices: view.choices.filter(({ confirms }) => !confirms) };
  }

  move(event: FlowEvent): void {
    // Tools that a model uses by itself leave the flow where it is.
    if (event.type.startsWith('caller.') || this.view.tool) this.#hasMoved = true;
    this.#snapshot = transition(this.#snapshot.machine, this.#snapshot, event)[0] as AnyMachineSnapshot;
    this.#view = null;
  }
}
