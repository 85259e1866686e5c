import type { Call } from '../call.ts';
import type { FrozenCall, FrozenLine } from '../frozen-call.ts';
import type { LogEntry, MoveReason } from '../journal.ts';
import type { Carrier } from '../ports.ts';

/** What a node gives away when it lets a call go. */
export interface ReleasedCall {
  frozen: FrozenCall;
  /** What the journal is not known to have; of a host that keeps the log, all of it. */
  entries: readonly LogEntry[];
}

export interface Arrival {
  /** Default `handOff`. */
  reason?: MoveReason;
  /** The journal has the call and its log already: it was claimed from there. Default false: all of it is written there. */
  isKnown?: boolean;
}

/**
 * Whether the call stands as it was written down with its line: it can be prepared. One that has gone on since then, by its
 * log, can only be restored.
 */
export function isWhole(
  frozen: FrozenCall | null,
  entries: readonly LogEntry[],
): frozen is FrozenCall & { line: FrozenLine } {
  return frozen?.line !== undefined && (entries.at(-1)?.seq ?? 0) <= frozen.seq;
}

/** A call that has arrived, and does not run yet: nothing is armed, and nothing is sent. */
export interface PreparedCall {
  readonly callId: string;
  /**
   * The call is this node's from now on: it runs, and the agent's voice goes on at once. Without a carrier it waits for
   * `call.attach`. Where the stream is another than the one the voice left on, or was cut off, what the carrier had not
   * acknowledged is said again. `playedMs`: how much of what the carrier held it will have played when a frame comes to it,
   * at least; what is on its way counts too. Throws when it was dropped or has gone already.
   */
  go(carrier?: Carrier, playedMs?: number): Call;
  /** The call stays where it was. */
  drop(): void;
}
