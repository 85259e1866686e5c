import type { Log } from '../../runtime/call.ts';
import type { CallHost } from '../../runtime/call-host.ts';
import { type Clock, passing } from '../../runtime/clock.ts';
import { repeatEvery } from '../jobs/repeat-every.ts';
import type { Departures } from '../telephony/departures.ts';
import type { Reception } from '../telephony/reception.ts';
import type { Streams } from './call-mover.ts';
import type { Cluster } from './open-cluster.ts';

export interface DrainOptions {
  host: Pick<CallHost, 'size' | 'idle' | 'conclude'>;
  cluster: Pick<Cluster, 'beginDrain' | 'settled' | 'endDrain' | 'moved' | 'arriving'>;
  reception: Pick<Reception, 'emptied'>;
  departures: Pick<Departures, 'settled'>;
  streams: readonly Streams[];
  clock: Clock;
  log: Log;
  /** Calls that have ended here, ever. */
  ended(): number;
  /** After so long every call is ended, a moment before with a goodbye. */
  timeoutMs: number;
  /** Ends every call at once. */
  hurry(): void;
}

/** What remains of the time for goodbyes. */
const GOODBYE_MS = 15_000;
const TELL_EVERY_MS = 5_000;
const LOOK_AGAIN_MS = 100;

/**
 * Lets the calls of a node that takes no new ones go to other nodes, or finish where there are none, and says goodbye on the
 * rest. Resolves when none is left and nobody's carrier has to ask here any more.
 */
export async function drainNode(options: DrainOptions): Promise<void> {
  const { host, cluster, reception, departures, streams, clock, log, timeoutMs, hurry } = options;
  const endedBefore = options.ended();
  const tell = (message: string) =>
    log.info({ left: host.size, moved: cluster.moved, finished: options.ended() - endedBefore }, message);
  tell('This node drains: no new calls.');
  const untilGoodbyesMs = Math.max(0, timeoutMs - GOODBYE_MS);
  const goodbyesMs = clock.now() + untilGoodbyesMs;
  const timers = [
    clock.setTimeout(() => host.conclude(), untilGoodbyesMs),
    clock.setTimeout(hurry, timeoutMs),
  ];
  const reports = repeatEvery(TELL_EVERY_MS, async () => tell('This node drains.'), {
    clock,
    failed: () => {},
  });
  await cluster.beginDrain(streams, goodbyesMs);
  for (;;) {
    await reception.emptied();
    await host.idle();
    await cluster.settled();
    await departures.settled();
    // Another node that did not answer in time may have had a caller come back to this one meanwhile.
    if (host.size === 0 && cluster.arriving === 0) break;
    await passing(LOOK_AGAIN_MS, clock);
  }
  await cluster.endDrain();
  for (const timer of timers) clock.clearTimeout(timer);
  await reports.stop();
  tell('This node has drained.');
}
