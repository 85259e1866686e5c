import type { Call, Log } from '../../runtime/call.ts';
import type { CallHost } from '../../runtime/call-host.ts';
import type { Clock } from '../../runtime/clock.ts';
import { CallTakenOver } from '../../runtime/journal.ts';
import type { ReleasedCall } from '../../runtime/moving/prepared-call.ts';
import { type Repetition, repeatEvery } from '../jobs/repeat-every.ts';
import type { CallStore } from '../storage/call-store.ts';
import type { NodeRegistry } from '../storage/node-registry.ts';

/** The streams of one kind that calls have here. */
export interface Streams {
  /** The call has been let go: has whoever carries it bring it to another node. False for a call without such a stream. */
  moved(callSid: string): boolean;
}

export interface CallMoverOptions {
  host: Pick<CallHost, 'calls' | 'size' | 'whenMovable' | 'release'>;
  store: Pick<CallStore, 'append' | 'release'>;
  registry: Pick<NodeRegistry, 'peers'>;
  streams: readonly Streams[];
  clock: Clock;
  log: Log;
}

const LOOK_EVERY_MS = 1_000;
const TELL_EVERY_MS = 5_000;
/** A call that can move now can mostly do so a moment later; whoever is let go waits for the records. */
const MOST_AT_ONCE = 8;
const WAIT_FOR_TURN_MS = 20;
const RETRY_MS = 250;
/** After so long the caller is better off with what the records have of the call. */
const MAX_RETRIES = 40;

/**
 * Moves the calls of a node that shuts down to others, each when nothing of it is under way: the call is let go to the records,
 * then its carrier is told to come elsewhere. While no other node takes calls, they stay.
 */
export class CallMover {
  readonly #options: CallMoverOptions;
  readonly #looks: Repetition;
  readonly #reports: Repetition;
  readonly #waiting = new Set<string>();
  readonly #moving = new Set<Promise<void>>();
  #hasPeers = false;
  #moved = 0;
  #stopped = false;

  private constructor(options: CallMoverOptions) {
    const { clock, log } = options;
    this.#options = options;
    const failed = (error: Error) => {
      this.#hasPeers = false;
      log.warn({ err: error }, 'Other nodes could not be looked for.');
    };
    this.#looks = repeatEvery(LOOK_EVERY_MS, () => this.#look(), { clock, failed });
    this.#reports = repeatEvery(TELL_EVERY_MS, async () => this.#tell(), { clock, failed });
    this.#look().catch(failed);
  }

  static start(options: CallMoverOptions): CallMover {
    return new CallMover(options);
  }

  get moved(): number {
    return this.#moved;
  }

  /** Lets go of no further call. Resolves when those that were let go are on record. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([this.#looks.stop(), this.#reports.stop()]);
    await this.settled();
  }

  async settled(): Promise<void> {
    while (this.#moving.size > 0) await Promise.all(this.#moving);
  }

  async #look(): Promise<void> {
    this.#hasPeers = (await this.#options.registry.peers()).length > 0;
    if (!this.#hasPeers) return;
    for (const call of this.#options.host.calls())
      this.#wait(call).catch(error =>
        this.#options.log.error({ callId: call.start.callId, err: error }, 'A call could not be moved.'),
      );
  }

  #tell(): void {
    const { log, host } = this.#options;
    log.info({ left: host.size, moved: this.#moved }, 'Calls are being moved to other nodes.');
  }

  /** Until the call can be let go, has ended, or may not go any more. */
  async #wait(call: Call): Promise<void> {
    const { host, clock } = this.#options;
    const { callId, carrier } = call.start;
    if (carrier !== undefined || this.#waiting.has(callId)) return;
    this.#waiting.add(callId);
    try {
      while (await host.whenMovable(callId, LOOK_EVERY_MS)) {
        if (this.#stopped || !this.#hasPeers) return;
        if (this.#moving.size < MOST_AT_ONCE) {
          this.#release(call);
          return;
        }
        await new Promise<void>(resolve => clock.setTimeout(resolve, WAIT_FOR_TURN_MS));
      }
    } finally {
      this.#waiting.delete(callId);
    }
  }

  #release(call: Call): void {
    const released = this.#options.host.release(call.start.callId);
    const moving = this.#handOver(call, released).finally(() => this.#moving.delete(moving));
    this.#moving.add(moving);
  }

  async #handOver({ start }: Call, released: ReleasedCall): Promise<void> {
    const { log, streams } = this.#options;
    const isWritten = await this.#write(start.callId, released);
    if (isWritten) this.#moved++;
    else log.error({ callId: start.callId }, 'A call that was let go could not be written down as it stood.');
    for (const kind of streams) if (kind.moved(start.callSid)) return;
  }

  async #write(callId: string, { frozen, entries }: ReleasedCall): Promise<boolean> {
    const { store, clock, log } = this.#options;
    for (let attempt = 0; attempt < MAX_RETRIES; attempt++) {
      try {
        await store.append(callId, entries);
        await store.release(callId, frozen);
        return true;
      } catch (error) {
        // Somebody has it already.
        if (error instanceof CallTakenOver) return true;
        log.warn({ callId, err: error }, 'A call that is moved could not be written yet.');
        await new Promise<void>(resolve => clock.setTimeout(resolve, RETRY_MS));
      }
    }
    return false;
  }
}
