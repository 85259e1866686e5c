import type { AnyStateMachine } from 'xstate';
import type { Flow } from '../flows/flows.ts';
import type { RecordedCall } from './recorded-call.ts';

/** A chart that was kept; not whole where code of its own behind its names is not what it was. */
export interface KeptFlow {
  machine: AnyStateMachine;
  isWhole: boolean;
}

/** A chart by the version that a record names; null where nobody has kept it. `present` is the flow of today. */
export type FlowOfVersion = (
  name: string,
  version: string,
  present: AnyStateMachine | null,
) => Promise<KeptFlow | null>;

/** The chart that a call followed, or what there is in its place. */
export interface CallFlow {
  machine: AnyStateMachine;
  /**
   * `same`: the flow has not changed since; `kept`: it has, and the chart of that time was kept; `named`: by whoever
   * asks; `changed`: only today's chart is there, and it is another.
   */
  is: 'same' | 'kept' | 'named' | 'changed';
  /** False for a kept chart whose own guards and actions are those of today. */
  isWhole: boolean;
  /** Of the chart in `machine`; null where it is not known. */
  version: string | null;
}

export interface CallFlowsOptions {
  /** Today's flow of a name. Throws when there is none. */
  load(name: string): Promise<Flow>;
  flowOfVersion: FlowOfVersion;
  /** The chart that all calls followed, if somebody says so. */
  named: Flow | null;
}

/** Finds the chart that a call followed. Asks once for each version. */
export class CallFlows {
  readonly #options: CallFlowsOptions;
  readonly #found = new Map<string, Promise<CallFlow>>();

  constructor(options: CallFlowsOptions) {
    this.#options = options;
  }

  /** Throws when there is no such flow any more. */
  of({ flow, flowVersion }: RecordedCall['start']): Promise<CallFlow> {
    const key = JSON.stringify([flow, flowVersion]);
    let found = this.#found.get(key);
    if (!found) {
      found = this.#find(flow, flowVersion);
      this.#found.set(key, found);
    }
    return found;
  }

  async #find(name: string, version: string): Promise<CallFlow> {
    const { named, load, flowOfVersion } = this.#options;
    if (named) return { machine: named.machine, is: 'named', isWhole: true, version: named.version };
    const today = await load(name).catch((error: Error) => error);
    if (!(today instanceof Error) && today.version === version)
      return { machine: today.machine, is: 'same', isWhole: true, version };
    const kept = await flowOfVersion(name, version, today instanceof Error ? null : today.machine);
    if (kept) return { ...kept, is: 'kept', version };
    if (today instanceof Error) throw today;
    return { machine: today.machine, is: 'changed', isWhole: true, version: today.version };
  }
}
