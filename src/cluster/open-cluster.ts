import type { Log } from '../../runtime/call.ts';
import type { CallHost } from '../../runtime/call-host.ts';
import { CallRecord } from '../../runtime/call-record.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { CallStart, CallSummary, LogEntry } from '../../runtime/journal.ts';
import { type Repetition, repeatEvery } from '../jobs/repeat-every.ts';
import type { CallBounds } from '../regions/call-bounds.ts';
import type { Orphan } from '../storage/call-records.ts';
import type { CallStore } from '../storage/call-store.ts';
import { closeOrphans, type Reading, unreadSummary } from '../storage/close-orphans.ts';
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
  /** Which calls may be worked on here, and where else. */
  bounds: CallBounds;
  /** Origins of other regions for the carrier, by their names. */
  regionUrls: Readonly<Partial<Record<string, string>>>;
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
    const { host, store, bounds, clock, log, bringFlow } = options;
    this.#options = options;
    this.returning = new ReturningCalls({
      ...{ host, store, bounds, clock, log, project },
      forgo: call => this.#closeUnread(call),
      ...(bringFlow && { bringFlow }),
    });
    this.#stopListening = store.onLost(callId => {
      log.warn({ callId }, 'Another node has taken a call over.');
      this.returning.lost(callId);
      host.abandon(callId);
    });
  }

  /** Ends the calls that others have left behind, and whose callers had time to come back. */
  async sweep(): Promise<void> {
    const { store, node, log, lineGraceMs, bounds } = this.#options;
    const regions = bounds.isOpen ? [] : await this.#otherRegions();
    await closeOrphans({
      ...{ store, node, log, project },
      allows: start => this.#readingOf(start, regions),
      olderThanMs: ORPHAN_AGE_MS,
      callersTimeMs: Math.min(ORPHAN_AGE_MS, lineGraceMs + CALLERS_MARGIN_MS),
    });
  }

  /** What may not be read here is closed by who may; without a look at it, when no such node lives. */
  #readingOf(start: CallStart, regions: readonly string[] | null): Reading {
    const { bounds } = this.#options;
    if (bounds.refusal(start) === null) return 'read';
    return !regions || regions.some(region => bounds.mayBeAt(start, region)) ? 'leave' : 'unread';
  }

  /** Of nodes that live and take calls; null while this node knows of none. */
  async #otherRegions(): Promise<string[] | null> {
    return (await this.#registry?.peers())?.map(({ region }) => region) ?? null;
  }

  /** A caller was turned away whose call may not be here. Who may be alive and have it closes its record better. */
  async #closeUnread(call: Orphan): Promise<void> {
    const { store, log } = this.#options;
    const { callId, callSid } = call.start;
    try {
      if (await this.#registry?.ownerOf(callSid)) return;
      if (this.#readingOf(call.start, await this.#otherRegions()) === 'leave') return;
      await store.finishOrphan(call, unreadSummary(call.start, call.lastSeenAt));
    } catch (error) {
      log.warn({ callId, err: error }, 'The record of a call that may not be here is still to be closed.');
    }
  }

  /** From now on other nodes know of this one, at `url`. */
  async join(url: string): Promise<void> {
    const { database, store, host, node, region, clock, log, isDraining, send, bounds, regionUrls } =
      this.#options;
    if (database) {
      const registry = await NodeRegistry.register({
        ...{ database, node, url, clock, log },
        opening: store.opening,
        region: region ?? '',
        calls: () => host.size,
      });
      this.#registry = registry;
      this.#peers = new Peers({
        registry,
        node,
        isDraining,
        bounds,
        store,
        regionUrls,
        clock,
        log,
        ...(send && { send }),
      });
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
      answerKnown: async (request, callSid, isTaken) => {
        const hasLeft = (await this.#mover?.hasLeft(callSid)) || isTaken;
        return (await this.#peers?.answerKnown(request, callSid, hasLeft)) ?? null;
      },
    };
  }

  /** Whether this node can claim calls, as far as it knows. */
  get isInTouch(): boolean {
    return this.#registry?.inTouch() ?? true;
  }

  /** How many calls have gone to other nodes since this one drains. */
  get moved(): number {
    return this.#mover?.moved ?? 0;
  }

  /**
   * Sends no more calls here, and moves those that are here to other nodes, as far as there are any, until `untilMs` on the
   * clock.
   */
  async beginDrain(streams: readonly Streams[], untilMs: number): Promise<void> {
    const { host, store, bounds, clock, log } = this.#options;
    const registry = this.#registry;
    if (!registry || this.#mover) return;
    await registry
      .drain()
      .catch(error => log.warn({ err: error }, 'Other nodes could not be told that this one drains.'));
    this.#mover = CallMover.start({ host, store, registry, bounds, streams, clock, log, untilMs });
  }

  /** Calls that have come here and wait for their streams. */
  get arriving(): number {
    return this.returning.waiting;
  }

  /** Resolves when no call is on its way to another node. */
  async settled(): Promise<void> {
    await this.#mover?.settled();
  }

  /** Lets no further call go, and resolves when none is on its way to another node any more. */
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
