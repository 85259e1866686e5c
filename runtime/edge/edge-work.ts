import type { Call, Log } from '../call.ts';
import type { CallHost } from '../call-host.ts';
import type { Clock } from '../clock.ts';
import type { FrozenCall } from '../frozen-call.ts';
import type { CallSummary, Journal, LogEntry } from '../journal.ts';
import { readCarrierMessage } from '../media/media-streams.ts';
import type { ReleasedCall } from '../moving/prepared-call.ts';
import type { CloudPlace, EdgePlace } from '../placement/places.ts';
import type { PlacementWatch } from '../placement/review-placement.ts';
import type { CarrierSocket } from '../ports.ts';
import type { CloudLink } from './cloud-link.ts';
import type { CloudWork } from './cloud-work.ts';
import { type EdgePlan, type EdgeStorage, edgeJournal } from './edge-storage.ts';
import { handOff } from './hand-off.ts';
import { PlacementReview } from './placement-review.ts';
import type { Party, Stream, Switchboard } from './switchboard.ts';

/** A host for one call, with everything that it stands on. It keeps the call's log (`keepsLogs`), to hand it over with the call. */
export type OpenHost = (
  plan: EdgePlan,
  hooks: { journal: Journal; onCall(call: Call): void; onEnded(call: Call): void },
) => CallHost;

export interface EdgeWorkOptions {
  clock: Clock;
  log: Log;
  plan: EdgePlan;
  storage: EdgeStorage;
  openHost: OpenHost;
  switchboard: Switchboard;
  cloud: CloudWork;
  /** As edge and cloud are known now. */
  places(): { edge: EdgePlace; cloud: CloudPlace };
  watch: PlacementWatch;
  /** The review after a turn has something to remember. */
  watched(watch: PlacementWatch): void;
  /** The cloud has the call now. */
  handedOff(): void;
  /** The record is whole. Rejects when it could not be kept. */
  ended(summary: CallSummary): Promise<void>;
}

/** A call that is worked on at the edge: the same host, chart and audio path as in the cloud, for one call. */
export class EdgeWork implements Party {
  readonly #options: EdgeWorkOptions;
  readonly #host: CallHost;
  #call: Call | null = null;
  #review: PlacementReview | null = null;
  #isMoving = false;

  constructor(options: EdgeWorkOptions) {
    this.#options = options;
    const { plan, storage } = options;
    this.#host = options.openHost(plan, {
      journal: edgeJournal(storage, summary => options.ended(summary)),
      onCall: call => this.#began(call),
      onEnded: () => this.#stop(),
    });
  }

  /** Null once it is over, or has gone to the cloud. */
  get call(): Call | null {
    return this.#call;
  }

  begin({ socket, streamSid }: Stream): void {
    const { plan } = this.#options;
    const call = this.#host.begin(plan.start, socket, streamSid);
    for (const text of plan.explanations)
      call.log.note({ type: 'placement.decided', decision: plan.strategy, text });
  }

  /** The object that ran the call is gone: it waits for its line again, with its deadlines as they were. */
  restore(frozen: FrozenCall | null, entries: readonly LogEntry[]): void {
    this.#host.restore(frozen, entries, this.#options.plan.start);
  }

  resume({ socket, streamSid }: Stream): void {
    this.#call?.resume(socket, streamSid);
  }

  message(text: string): void {
    const message = readCarrierMessage(Buffer.from(text));
    if (message.event !== 'text') this.#call?.line.receive(message);
  }

  gone(socket: CarrierSocket, reason: string): void {
    this.#call?.line.detach(socket, reason);
  }

  /** Asks the cloud to go on with the call. Returns whether it does. */
  async handOff(): Promise<boolean> {
    const call = this.#call;
    if (!call || this.#isMoving || call.isOver) return false;
    this.#isMoving = true;
    try {
      const { clock, switchboard, cloud, plan } = this.#options;
      const isTaken = await handOff({
        clock,
        host: this.#host,
        call,
        switchboard,
        clouds: plan.clouds,
        link: to => cloud.open(to),
        taken: (link, released) => this.#taken(link, released),
        stays: stayed => this.#stays(stayed),
      });
      if (isTaken) switchboard.connect(cloud);
      return isTaken;
    } catch (error) {
      this.#options.log.error({ callId: call.start.callId, err: error }, 'A hand-off failed.');
      return false;
    } finally {
      this.#isMoving = false;
    }
  }

  /** Resolves when the record of an ended call is kept. */
  idle(): Promise<void> {
    return this.#host.idle();
  }

  #taken(link: CloudLink, { frozen: { line: _, ...frozen }, entries }: ReleasedCall): void {
    const { cloud, handedOff, storage } = this.#options;
    this.#stop();
    // The node may be gone before it has written down what it was told.
    void storage.append(entries);
    void storage.saveSnapshot(frozen);
    cloud.take(link);
    handedOff();
  }

  #stays(call: Call): void {
    if (this.#call !== call) this.#began(call);
    this.#options.switchboard.connect(this);
  }

  #began(call: Call): void {
    this.#stop();
    this.#call = call;
    const { plan, places, watch } = this.#options;
    const targetMs = Number(plan.start.parameters.latency_target);
    this.#review = new PlacementReview({
      call,
      strategy: plan.strategy,
      latencyTargetMs: targetMs > 0 ? targetMs : null,
      places,
      audioQuality: () => null,
      watch: this.#review?.watch ?? watch,
      watched: kept => this.#options.watched(kept),
      earlier: logOf(call),
      handOff: () => void this.handOff(),
    });
  }

  #stop(): void {
    this.#review?.stop();
    this.#call = null;
  }
}

/** The call's whole log. */
export function logOf(call: Call): readonly LogEntry[] {
  if (!call.log.entries) throw new Error('A host at the edge keeps logs: open it with keepsLogs.');
  return call.log.entries;
}
