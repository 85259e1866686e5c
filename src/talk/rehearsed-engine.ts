import type { Facts } from '../../machines/flow.ts';
import type { Flow } from '../flows/flows.ts';
import { StuckError } from '../rehearsal/simulated-call.ts';
import { hasState } from './begin-in.ts';
import type { Act, Conversation } from './conversation.ts';
import { TooLate } from './perform.ts';
import { openRehearsed, type RehearsedOptions } from './rehearsed.ts';
import { saveScenario } from './save-scenario.ts';
import { type CarriedOn, type Engine, Refusal } from './session.ts';

/** Conversations in text. */
export class RehearsedEngine implements Engine {
  readonly rewind = (acts: readonly Act[], upTo: 'answer' | 'act') => openRehearsed(this.#here, acts, upTo);
  readonly #options: Omit<RehearsedOptions, 'flow' | 'from'>;
  readonly #load: () => Promise<Flow>;
  #flow: Flow;
  /** Where calls begin that carry on one whose way there is lost. */
  #from: { state: string; facts: Facts } | null = null;

  constructor(flow: Flow, load: () => Promise<Flow>, options: Omit<RehearsedOptions, 'flow' | 'from'>) {
    this.#flow = flow;
    this.#load = load;
    this.#options = options;
  }

  async open(): Promise<Conversation> {
    this.#from = null;
    return openRehearsed(this.#here);
  }

  async reload(): Promise<Flow | null> {
    const flow = await this.#load();
    if (flow.version === this.#flow.version) return null;
    this.#flow = flow;
    return flow;
  }

  async carryOn(acts: readonly Act[], was: Conversation): Promise<CarriedOn | { gone: string }> {
    const { state, facts } = was.flow;
    const isThere = hasState(this.#flow.machine, state);
    const again = await this.#again(acts);
    if (again?.flow.state === state)
      return { conversation: again, acts, told: `The same words lead to ${state} again; go on.` };
    await again?.close();
    if (!isThere) return { gone: `${state} is no more` };

    this.#from = { state, facts };
    return {
      conversation: await openRehearsed(this.#here),
      acts: [],
      told: `The same words now lead ${again ? `to ${again.flow.state}` : 'elsewhere'}; this goes on in ${state}, with what was known.`,
    };
  }

  async save(name: string, acts: readonly Act[]): Promise<string> {
    if (this.#from)
      throw new Refusal(
        `This conversation began in ${this.#from.state}, where no call begins: /restart, and save that.`,
      );
    return saveScenario(name, acts, this.#here);
  }

  /** The same conversation in the flow as it is now; null when it does not get that far. */
  async #again(acts: readonly Act[]): Promise<Conversation | null> {
    try {
      return await openRehearsed(this.#here, acts);
    } catch (error) {
      if (error instanceof StuckError || error instanceof TooLate) return null;
      throw error;
    }
  }

  get #here(): RehearsedOptions {
    return { ...this.#options, flow: this.#flow, from: this.#from };
  }
}
