import type { AnyStateMachine } from 'xstate';
import type { CallStart } from '../../runtime/journal.ts';
import { type Flow, flowNames, loadFlow } from './flows.ts';
import { flowFor, type Split } from './split.ts';

/** What the calls of an agent follow. */
export interface ServedFlows {
  /** For a new call: the flow in force for this caller. */
  choose(caller: string): Pick<Flow, 'name' | 'version'>;
  /** The chart of a call that has begun. Throws when no such version is known any more. */
  chartOf(start: Pick<CallStart, 'flow' | 'flowVersion'>): AnyStateMachine;
}

/** Hears of each version that is put in force, before any call follows it. */
export type OnFlow = (flow: Flow) => Promise<void>;

/**
 * The flows of a running server. Each name has one version in force, for new calls; calls that run keep theirs, so
 * earlier versions stay here.
 */
export class FlowLibrary {
  readonly folder: string;
  readonly #inForce = new Map<string, Flow>();
  readonly #versions = new Map<string, AnyStateMachine>();
  readonly #onFlow: OnFlow;

  private constructor(folder: string, onFlow: OnFlow) {
    this.folder = folder;
    this.#onFlow = onFlow;
  }

  /** Loads the named flows. Throws when one of them cannot be loaded. */
  static async open(
    folder: string,
    names: Iterable<string>,
    onFlow: OnFlow = async () => {},
  ): Promise<FlowLibrary> {
    const library = new FlowLibrary(folder, onFlow);
    for (const name of new Set(names)) await library.putInForce(await loadFlow(name, folder));
    return library;
  }

  get names(): readonly string[] {
    return [...this.#inForce.keys()];
  }

  inForce(name: string): Flow {
    const flow = this.#inForce.get(name);
    if (!flow) throw new Error(`No flow ${name} is in force; there are: ${this.names.join(', ')}.`);
    return flow;
  }

  /**
   * The flow in force; of a flow that no caller is given, what its file says now, kept for calls that ask for it by name. Null
   * when there is none of the name. Throws a `FlowFileError` when the file holds no chart.
   */
  async find(name: string): Promise<Flow | null> {
    const served = this.#inForce.get(name);
    if (served) return served;
    if (!(await flowNames(this.folder)).includes(name)) return null;
    const flow = await loadFlow(name, this.folder);
    if (!this.#versions.has(`${name} ${flow.version}`)) await this.#onFlow(flow);
    this.keep(name, flow.version, flow.machine);
    return flow;
  }

  /** A version that is, or was, followed here. */
  version(name: string, version: string): AnyStateMachine | null {
    return this.#versions.get(`${name} ${version}`) ?? null;
  }

  /** New calls follow it from now on. Returns whether that is a change. */
  async putInForce(flow: Flow): Promise<boolean> {
    if (this.#inForce.get(flow.name)?.version === flow.version) return false;
    await this.#onFlow(flow);
    this.keep(flow.name, flow.version, flow.machine);
    this.#inForce.set(flow.name, flow);
    return true;
  }

  /** An earlier version, for calls that followed it. */
  keep(name: string, version: string, machine: AnyStateMachine): void {
    this.#versions.set(`${name} ${version}`, machine);
  }

  serve(split: () => Split): ServedFlows {
    return {
      choose: caller => this.inForce(flowFor(split(), caller)),
      chartOf: ({ flow, flowVersion }) => {
        const machine = this.version(flow, flowVersion);
        if (!machine) throw new Error(`Version ${flowVersion} of the flow ${flow} is not known here.`);
        return machine;
      },
    };
  }
}

/** One flow for every call. */
export function oneFlow(flow: Pick<Flow, 'name' | 'version' | 'machine'>): ServedFlows {
  return { choose: () => flow, chartOf: () => flow.machine };
}
