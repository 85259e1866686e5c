import type { Log } from '../../runtime/call.ts';
import type { CallHost } from '../../runtime/call-host.ts';
import { CallRecord } from '../../runtime/call-record.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { CallStart, CallSummary, LogEntry } from '../../runtime/journal.ts';
import { type Repetition, repeatEvery } from '../jobs/repeat-every.ts';
import type { CallStore } from '../storage/call-store.ts';
import { closeOrphans } from '../storage/close-orphans.ts';
import type { Database } from '../storage/database.ts';
import { NodeRegistry } from '../storage/node-registry.ts';
import type { OtherNodes } from '../telephony/routes.ts';
import { CallMover, type Streams } from './call-mover.ts';
import type { SendRequest } from './forward-webhook.ts';
import { Peers } from './peers.ts';
import { ReturningCalls } from './returning-calls.ts';

export interface ClusterOptions {
  host: CallHost;
  store: CallStore;
  /** Shared by nodes that know of each other; without it this one is alone. */
  database?: Database | undefined;
  node: string;
  region: string | null;
  /** How long the chart waits for a caller whose line is lost. */
  lineGraceMs: number;
  clock: Clock;
  log: Log;
  bringFlow?: ((start: CallStart) => Promise<void>) | undefined;
  send?: SendRequest | undefined;
  isDraining(): boolean;
}

/** A node that is alive sends heartbeats every few seconds. */
const ORPHAN_AGE_MS = 60_000;
/** The time between the last heartbeat and a death, and something for the carrier. */
const CALLERS_MARGIN_MS = 15_000;
const SWEEP_EVERY_MS = 30_000;

/** This node among those that share its records: calls that come from others and go to them. */
export class Cluster {
  readonly returning: ReturningCalls;
  readonly #options: ClusterOptions;
  readonly #stopListening: () => void;
  #registry: NodeRegistry | null = null;
  #sweeps: Repetition | null = null;
  #peers: Peers | null = null;
  #mover: CallMover | null = null;

  constructor(options: ClusterOptions) {
    const { host, store, clock, log, bringFlow } = options;
    this.#options = options;
    this.returning = new ReturningCalls({
      ...{ host, store, clock, log, project },
      ...(bringFlow && { bringFlow }),
    });
    this.#stopListening = store.onLost(callId => {
      log.warn({ callId }, 'Another node has taken a call over.');
      host.abandon(callId);
    });
  }

  /** Ends the calls that others have left behind, and whose callers had time to come back. */
  async sweep(): Promise<void> {
    const { store, node, log, lineGraceMs } = this.#options;
    await closeOrphans({
      ...{ store, node, log, project },
      olderThanMs: ORPHAN_AGE_MS,
      callersTimeMs: Math.min(ORPHAN_AGE_MS, lineGraceMs + CALLERS_MARGIN_MS),
    });
  }

  /** From now on other nodes know of this one, at `url`. */
  async join(url: string): Promise<void> {
    const { database, store, host, node, region, clock, log, isDraining, send } = this.#options;
    if (database) {
      const registry = await NodeRegistry.register({
        ...{ database, node, url, clock, log },
        opening: store.opening,
        region: region ?? '',
        calls: () => host.size,
      });
      this.#registry = registry;
      this.#peers = new Peers({ registry, node, isDraining, clock, log, ...(send && { send }) });
    }
    this.#sweeps = repeatEvery(SWEEP_EVERY_MS, () => this.sweep(), {
      clock,
      failed: error =>
        log.warn({ err: error }, 'Calls left behind by other processes could not be looked for.'),
    });
  }

  /** For the carrier's webhooks. */
  get otherNodes(): OtherNodes {
    return {
      answerNew: async request => (await this.#peers?.answerNew(request)) ?? null,
      answerKnown: async (request, callSid) => (await this.#peers?.answerKnown(request, callSid)) ?? null,
    };
  }

  /** How many calls have gone to other nodes since this one drains. */
  get moved(): number {
    return this.#mover?.moved ?? 0;
  }

  /** Sends no more calls here, and moves those that are here to other nodes, as far as there are any. */
  async beginDrain(streams: readonly Streams[]): Promise<void> {
    const { host, store, clock, log } = this.#options;
    const registry = this.#registry;
    if (!registry || this.#mover) return;
    await registry
      .drain()
      .catch(error => log.warn({ err: error }, 'Other nodes could not be told that this one drains.'));
    this.#mover = CallMover.start({ host, store, registry, streams, clock, log });
  }

  /** Resolves when no call is on its way to another node any more. */
  async endDrain(): Promise<void> {
    await this.#mover?.stop();
  }

  async leave(): Promise<void> {
    const { log } = this.#options;
    this.#stopListening();
    await this.#mover?.stop();
    await this.#sweeps?.stop();
    await this.#registry
      ?.leave()
      .catch(error => log.warn({ err: error }, 'This node could not be taken off the list of nodes.'));
  }
}

function project(start: CallStart, entries: readonly LogEntry[]): CallSummary {
  return CallRecord.of(entries).summarise(start, {
    endedAt: start.startedAt + (entries.at(-1)?.atMs ?? 0),
    outcome: 'interrupted',
  });
}
