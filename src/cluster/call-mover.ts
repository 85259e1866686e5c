import type { Call, Log } from '../../runtime/call.ts';
import type { CallHost } from '../../runtime/call-host.ts';
import { type Clock, passing } from '../../runtime/clock.ts';
import { CallTakenOver } from '../../runtime/journal.ts';
import type { ReleasedCall } from '../../runtime/moving/prepared-call.ts';
import { type Repetition, repeatEvery } from '../jobs/repeat-every.ts';
import type { CallBounds } from '../regions/call-bounds.ts';
import type { CallStore } from '../storage/call-store.ts';
import type { NodeRegistry, Peer } from '../storage/node-registry.ts';
import { Transit } from './transit.ts';

/** The streams of one kind that calls have here. */
export interface Streams {
  /** The call has been let go: has whoever carries it bring it to another node. False for a call without such a stream. */
  moved(callSid: string): boolean;
}

export interface CallMoverOptions {
  host: Pick<CallHost, 'calls' | 'size' | 'isOnRecord' | 'whenMovable' | 'release'>;
  store: Pick<CallStore, 'append' | 'release' | 'unclaimed' | 'forsake'>;
  registry: Pick<NodeRegistry, 'peers'>;
  /** Who may take which call. */
  bounds: Pick<CallBounds, 'mayBeAt'>;
  streams: readonly Streams[];
  clock: Clock;
  log: Log;
  /** On the clock: when calls that are still here are ended. */
  untilMs: number;
}

const LOOK_EVERY_MS = 1_000;
const WAIT_FOR_TURN_MS = 20;
const RETRY_MS = 250;
const CLAIMED_LOOK_MS = 40;
/** A carrier that has not asked anybody by then does not ask. */
const CLAIM_LIMIT_MS = 5_000;
/**
 * A call that has come back stays for so long, as nobody else could take it: longer than a node is taken for alive that cannot reach
 * the database.
 */
const STAYS_MS = 20_000;
/** After so long the caller is better off with what the records have of the call. */
const MAX_RETRIES = 40;

/**
 * Moves the calls of a node that shuts down to others, each when nothing of it is under way: the call is let go to the records,
 * then its carrier is told to come elsewhere. A call stays while no other node takes calls where its data may be.
 */
export class CallMover {
  readonly #options: CallMoverOptions;
  readonly #looks: Repetition;
  readonly #waiting = new Set<string>();
  readonly #transit: Transit;
  /** Let go and not written down yet, by the carrier's id. */
  readonly #moving = new Map<string, Promise<void>>();
  /** Written down and not claimed yet, as far as is known, since when. */
  readonly #awaited = new Map<string, number>();
  /** When the calls were let go that have been here, on the clock: one of them that is here has come back. */
  readonly #leftMs = new Map<string, number>();
  #peers: readonly Peer[] = [];
  #claims: Promise<void> | null = null;
  #moved = 0;
  #stopped = false;

  private constructor(options: CallMoverOptions) {
    const { clock, log } = options;
    this.#options = options;
    this.#transit = new Transit(clock, options.untilMs);
    const failed = (error: Error) => {
      this.#peers = [];
      log.warn({ err: error }, 'Other nodes could not be looked for.');
    };
    this.#looks = repeatEvery(LOOK_EVERY_MS, () => this.#look(), { clock, failed });
    this.#look().catch(failed);
  }

  static start(options: CallMoverOptions): CallMover {
    return new CallMover(options);
  }

  get moved(): number {
    return this.#moved;
  }

  /** Whether the call has just been let go here. Resolves when its records say so too. */
  async hasLeft(callSid: string): Promise<boolean> {
    const moving = this.#moving.get(callSid);
    await moving;
    return moving !== undefined;
  }

  /** Lets go of no further call, and resolves like `settled`. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#looks.stop();
    await this.settled();
  }

  /**
   * Resolves when other nodes have the calls that were let go, or their carriers had the time to ask: until then the carrier
   * may ask here.
   */
  async settled(): Promise<void> {
    while (this.#moving.size > 0) await Promise.all(this.#moving.values());
    await this.#claims;
  }

  async #awaitClaims(): Promise<void> {
    while (this.#awaited.size > 0) {
      await this.#pause(CLAIMED_LOOK_MS);
      if (!(await this.#forgetClaimed())) await this.#pause(RETRY_MS);
    }
    this.#claims = null;
  }

  /** Returns whether the records could be reached. */
  async #forgetClaimed(): Promise<boolean> {
    const { store, clock, log } = this.#options;
    const asked = [...this.#awaited];
    const ids = asked.map(([callId]) => callId);
    const read = await store.unclaimed(ids).catch(error => {
      log.warn({ err: error }, 'Whether calls have been taken on elsewhere could not be read.');
      return null;
    });
    const free = read ?? ids;
    const oldestMs = clock.now() - CLAIM_LIMIT_MS;
    for (const [callId, sinceMs] of asked) {
      if (free.includes(callId) && sinceMs >= oldestMs) continue;
      this.#awaited.delete(callId);
      this.#transit.arrived(callId);
    }
    return read !== null;
  }

  #pause(ms: number): Promise<void> {
    return passing(ms, this.#options.clock);
  }

  async #look(): Promise<void> {
    this.#peers = await this.#options.registry.peers();
    for (const call of this.#options.host.calls())
      this.#wait(call).catch(error =>
        this.#options.log.error({ callId: call.start.callId, err: error }, 'A call could not be moved.'),
      );
  }

  #hasHome({ start }: Call): boolean {
    return this.#peers.some(({ region }) => this.#options.bounds.mayBeAt(start, region));
  }

  /** Until the call can be let go, has ended, or may not go any more. */
  async #wait(call: Call): Promise<void> {
    const { host } = this.#options;
    const { callId, carrier } = call.start;
    if (carrier !== undefined || this.#waiting.has(callId) || !this.#hasHome(call)) return;
    if (this.#hasComeBack(callId)) return;
    this.#waiting.add(callId);
    try {
      while (await host.whenMovable(callId, LOOK_EVERY_MS)) {
        if (this.#stopped || !this.#hasHome(call) || !host.isOnRecord(callId)) return;
        if (this.#transit.hasRoom(host.size)) {
          this.#release(call);
          return;
        }
        await this.#pause(WAIT_FOR_TURN_MS);
      }
    } finally {
      this.#waiting.delete(callId);
    }
  }

  #hasComeBack(callId: string): boolean {
    const leftMs = this.#leftMs.get(callId);
    return leftMs !== undefined && this.#options.clock.now() - leftMs < STAYS_MS;
  }

  #release(call: Call): void {
    const { callId, callSid } = call.start;
    const { host, clock } = this.#options;
    const released = host.release(callId);
    this.#leftMs.set(callId, clock.now());
    this.#transit.left(callId);
    this.#moving.set(
      callSid,
      this.#handOver(call, released).finally(() => this.#moving.delete(callSid)),
    );
  }

  async #handOver({ start }: Call, released: ReleasedCall): Promise<void> {
    const { callId, callSid } = start;
    const { log, store, streams, clock } = this.#options;
    const isWritten = await this.#write(callId, released);
    if (isWritten) this.#moved++;
    else {
      store.forsake(callId);
      log.error({ callId }, 'A call that was let go could not be written down as it stood.');
    }
    if (streams.some(kind => kind.moved(callSid))) this.#awaited.set(callId, clock.now());
    else this.#transit.arrived(callId);
    if (this.#awaited.size > 0) this.#claims ??= this.#awaitClaims();
  }

  async #write(callId: string, { frozen, entries }: ReleasedCall): Promise<boolean> {
    const { store, log } = this.#options;
    for (let attempt = 0; attempt < MAX_RETRIES; attempt++) {
      try {
        await store.append(callId, entries);
        await store.release(callId, frozen);
        return true;
      } catch (error) {
        // Somebody has it already.
        if (error instanceof CallTakenOver) return true;
        log.warn({ callId, err: error }, 'A call that is moved could not be written yet.');
        await this.#pause(RETRY_MS);
      }
    }
    return false;
  }
}
