import type { AnyStateMachine } from 'xstate';
import type { CallStart } from '../../runtime/journal.ts';
import type { Flow } from '../flows/flows.ts';
import type { CallOpening } from './protocol.ts';

/** A call's flow, or today's of that name where nobody has kept it. */
export interface CallChart {
  machine: AnyStateMachine;
  is: Exclude<CallOpening['chart'], 'none'>;
}

export interface CallChartsOptions {
  /** Of a call that this process may run. Throws when it knows no such version. */
  inService(start: Pick<CallStart, 'agent' | 'flow' | 'flowVersion'>): AnyStateMachine;
  /** Of an earlier day; null where it was not kept. */
  kept(name: string, version: string, present: AnyStateMachine | null): Promise<AnyStateMachine | null>;
  /** Throws when there is none. */
  today(name: string): Promise<Flow>;
}

const MOST_KEPT = 200;

/** Finds the flow that a call followed, wherever it is. Asks once for each version. */
export class CallCharts {
  readonly #options: CallChartsOptions;
  readonly #found = new Map<string, Promise<CallChart | null>>();

  constructor(options: CallChartsOptions) {
    this.#options = options;
  }

  of(start: Pick<CallStart, 'agent' | 'flow' | 'flowVersion'>): Promise<CallChart | null> {
    const running = this.#inService(start);
    if (running) return Promise.resolve({ machine: running, is: 'followed' });

    const key = `${start.flow} ${start.flowVersion}`;
    const known = this.#found.get(key);
    if (known) return known;
    const finding = this.#find(start);
    if (this.#found.size >= MOST_KEPT) this.#found.clear();
    this.#found.set(key, finding);
    // A database that is away now may be back the next time; a flow may be written yet.
    finding.then(
      found => found?.is === 'followed' || this.#found.delete(key),
      () => this.#found.delete(key),
    );
    return finding;
  }

  #inService(start: Pick<CallStart, 'agent' | 'flow' | 'flowVersion'>): AnyStateMachine | null {
    try {
      return this.#options.inService(start);
    } catch {
      return null;
    }
  }

  async #find({ flow, flowVersion }: Pick<CallStart, 'flow' | 'flowVersion'>): Promise<CallChart | null> {
    const today = await this.#options.today(flow).catch(() => null);
    if (today?.version === flowVersion) return { machine: today.machine, is: 'followed' };
    const kept = await this.#options.kept(flow, flowVersion, today?.machine ?? null);
    if (kept) return { machine: kept, is: 'followed' };
    return today && { machine: today.machine, is: 'today' };
  }
}
