import type { HttpResponse } from '../../runtime/cloud/transport.ts';
import type { Chance } from './chance.ts';
import type { Network, NetworkRequest } from './network.ts';
import type { Process } from './process.ts';

/** A node as the balancer knows it. */
export interface Backend {
  readonly origin: string;
  /** As the last look at its health found it. */
  readonly seemsHealthy: boolean;
}

const PUBLIC_ORIGIN = 'https://calls.world';

/** Stands before the nodes: sends each request to one that seems healthy, and to another where nobody is there. */
export class Balancer {
  readonly origin = PUBLIC_ORIGIN;
  readonly #network: Network;
  readonly #chance: Chance;
  readonly #backends: () => readonly Backend[];

  constructor(network: Network, chance: Chance, backends: () => readonly Backend[]) {
    this.#network = network;
    this.#chance = chance;
    this.#backends = backends;
  }

  /** Where a WebSocket to the public address ends up. */
  pick(): string {
    const healthy = this.#backends().filter(({ seemsHealthy }) => seemsHealthy);
    return healthy.length > 0 ? this.#chance.pick(healthy).origin : this.origin;
  }

  /** Rejects when nobody can be reached. */
  async request(from: Process, asked: NetworkRequest, usualMs: number): Promise<HttpResponse> {
    const untried = this.#backends().filter(({ seemsHealthy }) => seemsHealthy);
    let failure: unknown = new Error('no node is healthy');
    while (untried.length > 0) {
      const backend = this.#chance.pick(untried);
      untried.splice(untried.indexOf(backend), 1);
      try {
        return await this.#network.request(from, backend.origin, asked, usualMs);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }
}
