import type { KVNamespace } from '@cloudflare/workers-types';
import type { Clock } from '../../runtime/clock.ts';
import { type AgentConfig, agentConfig } from './agent-config.ts';

export interface FoundAgent {
  agent: AgentConfig;
  /** Where it was found, in a sentence for the record. */
  text: string;
}

export interface EdgeAgentsOptions {
  cache: Pick<KVNamespace, 'get' | 'put'>;
  clock: Clock;
  /** Asks the cloud. Rejects when it cannot be reached; null when no cloud is known. */
  ask: ((number: string, signal: AbortSignal) => Promise<unknown>) | null;
  /** Stands in where nothing else is known. */
  bundled: AgentConfig;
}

/** What KV keeps. */
interface Kept {
  agent: unknown;
  /** Since the Unix epoch. */
  keptAt: number;
}

/** What the cloud said is believed for so long. */
const TTL_S = 300;
/** What it said last, for when it cannot be asked. */
const LAST_KNOWN_S = 30 * 24 * 3_600;
/** The carrier gives a webhook 15 s; the caller hears it ring meanwhile. */
const ASK_MS = 1_500;

/**
 * Who answers which number. The cloud decides; its word is kept for five minutes, and after that for as long as it cannot be asked. Where
 * it never spoke, an agent answers that came with the Worker.
 */
export class EdgeAgents {
  readonly #options: EdgeAgentsOptions;

  constructor(options: EdgeAgentsOptions) {
    this.#options = options;
  }

  async find(number: string): Promise<FoundAgent> {
    const kept = await this.#read(`agent:${number}`);
    if (kept)
      return { agent: kept.agent, text: `The agent's settings are of the cache, ${this.#age(kept)} old.` };

    const asked = await this.#ask(number);
    if (!(asked instanceof Error))
      return { agent: asked, text: "The agent's settings are fresh from the cloud." };

    const last = await this.#read(`agent-last:${number}`);
    if (last)
      return {
        agent: last.agent,
        text: `The agent's settings are ${this.#age(last)} old, because ${asked.message}.`,
      };
    return {
      agent: this.#options.bundled,
      text: `The agent's settings are those that came with the edge, because ${asked.message}.`,
    };
  }

  async #ask(number: string): Promise<AgentConfig | Error> {
    const { ask, clock } = this.#options;
    if (!ask) return new Error('no cloud is known that could be asked');
    const abort = new AbortController();
    const timer = clock.setTimeout(() => abort.abort(), ASK_MS);
    try {
      const agent = agentConfig.safeParse(await ask(number, abort.signal));
      if (!agent.success) return new Error("the cloud's answer could not be read");
      await this.#keep(number, agent.data);
      return agent.data;
    } catch {
      return new Error('the cloud could not be asked');
    } finally {
      clock.clearTimeout(timer);
    }
  }

  /** What cannot be kept is asked for again. */
  async #keep(number: string, agent: AgentConfig): Promise<void> {
    const kept = JSON.stringify({ agent, keptAt: this.#options.clock.wallTime() } satisfies Kept);
    const { cache } = this.#options;
    await Promise.allSettled([
      cache.put(`agent:${number}`, kept, { expirationTtl: TTL_S }),
      cache.put(`agent-last:${number}`, kept, { expirationTtl: LAST_KNOWN_S }),
    ]);
  }

  async #read(key: string): Promise<{ agent: AgentConfig; keptAt: number } | null> {
    const kept = (await this.#options.cache.get(key, 'json').catch(() => null)) as Kept | null;
    const agent = agentConfig.safeParse(kept?.agent);
    return kept && agent.success ? { agent: agent.data, keptAt: kept.keptAt } : null;
  }

  #age({ keptAt }: { keptAt: number }): string {
    const ageS = Math.max(0, Math.round((this.#options.clock.wallTime() - keptAt) / 1_000));
    return ageS < 600 ? `${ageS} s` : `${Math.round(ageS / 60)} min`;
  }
}
