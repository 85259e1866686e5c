import type { CallStart } from '../../runtime/journal.ts';
import { type Area, listOf } from '../language/areas.ts';
import { isRegionName, mayBeIn, type RegionName } from './cloud-regions.ts';

export interface CallBoundsOptions {
  /** `residency` null for anywhere. */
  agents: readonly { name: string; residency: readonly Area[] | null }[];
  /** Where this node is; null: nobody has said. */
  own: RegionName | null;
  /** Name of this node. */
  node: string;
  /** No other regions are known here. */
  isAlone: boolean;
}

/** What of a call tells where it may be. */
export type BoundCall = Pick<CallStart, 'agent' | 'node'>;

const NOWHERE: readonly Area[] = [];

/** Where calls that move may go on: a hard limit, looked at before anything of theirs is read. */
export class CallBounds {
  /** Every call may be anywhere, so that nobody has to look. */
  readonly isOpen: boolean;
  readonly #options: CallBoundsOptions;

  constructor(options: CallBoundsOptions) {
    this.#options = options;
    this.isOpen = options.agents.every(({ residency }) => residency === null);
  }

  /** Null when this node may go on with the call; else why not, as a sentence. */
  refusal(call: BoundCall): string | null {
    if (this.#mayBeHere(call)) return null;
    const { own } = this.#options;
    const residency = this.#residencyOf(call);
    if (residency === NOWHERE)
      return `The agent ${call.agent} is not known here, nor where its calls may be.`;
    const here =
      own === null ? 'this node does not know its region (set AYBIZA_REGION)' : `this node is in ${own}`;
    return `The data of the call has to stay in ${listOf(residency ?? [])}, and ${here}.`;
  }

  /** Whether a node may have the call that says it is in `region`; empty for one that does not say. */
  mayBeAt(call: BoundCall, region: string): boolean {
    const residency = this.#residencyOf(call);
    return residency === null || (isRegionName(region) && mayBeIn(region, residency));
  }

  /** A node that has not been told where it is promises nothing, but may take up again what it has begun itself. */
  #mayBeHere(call: BoundCall): boolean {
    const { own, node, isAlone } = this.#options;
    if (this.mayBeAt(call, own ?? '')) return true;
    return own === null && isAlone && call.node === node && this.#residencyOf(call) !== NOWHERE;
  }

  #residencyOf({ agent: name }: BoundCall): readonly Area[] | null {
    if (this.isOpen) return null;
    const { agents } = this.#options;
    const agent = name === undefined ? agents[0] : agents.find(one => one.name === name);
    return agent ? agent.residency : NOWHERE;
  }
}
