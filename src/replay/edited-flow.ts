import { type AnyMachineSnapshot, type AnyStateMachine, initialTransition, transition } from 'xstate';
import type { Facts, FlowEvent } from '../../machines/flow.ts';
import { type FlowView, wrongFact } from '../../machines/flow-view.ts';
import { viewOf } from './flow-views.ts';
import type { RecordedTools, ToolRequest } from './tool-results.ts';

/** A flow that lives a recorded call through by pure steps. */
export class EditedFlow {
  readonly #machine: AnyStateMachine;
  readonly #language: string;
  readonly #tools: RecordedTools;
  /** By request: how many of its recorded results have been used. */
  readonly #used = new Map<string, number>();
  #snapshot: AnyMachineSnapshot;
  #view: FlowView;

  constructor(machine: AnyStateMachine, language: string, tools: RecordedTools) {
    this.#machine = machine;
    this.#language = language;
    this.#tools = tools;
    this.#snapshot = initialTransition(machine)[0] as AnyMachineSnapshot;
    this.#view = viewOf(this.#snapshot, language);
  }

  get view(): FlowView {
    return this.#view;
  }

  /** Throws what the chart throws, and stays where it was. */
  take(event: FlowEvent): void {
    const snapshot = transition(this.#machine, this.#snapshot, event)[0] as AnyMachineSnapshot;
    if (snapshot.status === 'error') throw snapshot.error;
    this.#view = viewOf(snapshot, this.#language);
    this.#snapshot = snapshot;
  }

  /** The choice is open, and these facts are what it may catch. */
  mayTake(choice: string, facts: Facts): boolean {
    const open = this.view.choices.find(({ event }) => event === choice);
    return open !== undefined && wrongFact(open, facts) === null;
  }

  isOpen(choice: string): boolean {
    return this.view.choices.some(({ event }) => event === choice);
  }

  /** The next recorded result for the tool that the flow waits for; the last one again when they are used up. */
  nextResult(): FlowEvent | null {
    const { tool } = this.view;
    if (!tool) return null;
    const results = this.#tools.results(tool);
    const used = this.#used.get(keyOf(tool)) ?? 0;
    return results[Math.min(used, results.length - 1)] ?? null;
  }

  noteUsed(request: ToolRequest): void {
    this.#used.set(keyOf(request), (this.#used.get(keyOf(request)) ?? 0) + 1);
  }

  waitsFor(request: ToolRequest): boolean {
    return this.view.tool !== null && keyOf(this.view.tool) === keyOf(request);
  }
}

function keyOf({ name, input }: ToolRequest): string {
  return JSON.stringify([name, Object.entries(input).sort()]);
}
