import type { Call } from '../call.ts';
import type { CallHost } from '../call-host.ts';
import type { Clock } from '../clock.ts';
import type { FrozenCall } from '../frozen-call.ts';
import type { ReleasedCall } from '../moving/prepared-call.ts';
import type { CloudLink } from './cloud-link.ts';
import type { Switchboard } from './switchboard.ts';

export interface HandOffOptions {
  clock: Clock;
  host: CallHost;
  call: Call;
  switchboard: Switchboard;
  /** Nodes to ask, the best first. */
  clouds: readonly string[];
  link(cloud: string): CloudLink;
  /** The node has taken the call; it begins with the next message. Noted before that leaves. */
  taken(link: CloudLink, released: ReleasedCall): void;
  /** The call goes on here, by another actor. */
  stays(call: Call): void;
}

/** From the wish to the safe point, below the chart's `handOffTimeout`. */
const HAND_OFF_MS = 4_500;
const CONNECT_MS = 1_500;
const PREPARE_MS = 1_500;
/** How much of the agent's voice the carrier is given before the call is frozen: it is what the caller hears meanwhile. */
const AHEAD_MS = 1_000;
/** From freezing to the node's word: half of what the carrier holds, for the other half is the node's. */
const TAKE_MS = { least: 200, most: 500 };
/** Worth waiting so long for a moment at which nothing is in mid-air but the agent's voice. */
const LEAST_WAIT_MS = 500;

/**
 * Hands the call to a cloud node while the caller is on the line. Nothing is given up before the node has the whole call in its hands:
 * whatever fails until then, the call goes on here as if nothing had happened. Returns whether it is the cloud's.
 */
export async function handOff(options: HandOffOptions): Promise<boolean> {
  const { call, clock, host, switchboard } = options;
  const { callId } = call.start;
  const untilMs = clock.now() + HAND_OFF_MS;
  call.send({ type: 'placement.handOff' });

  let link: CloudLink;
  const told = { seq: 0 };
  try {
    link = await prepare(options, untilMs, told);
  } catch (error) {
    call.send({ type: 'placement.refused', reason: messageOf(error) });
    return false;
  }

  const isMovable = await host.whenMovable(callId, untilMs - clock.now());
  // From here to the release nothing may come in between.
  const stream = switchboard.stream;
  if (!isMovable || !link.isOpen || !stream) {
    link.close(1000, 'the call stays');
    const reason = isMovable ? 'the relay broke' : 'there was no moment at which the call could move';
    call.send({ type: 'placement.refused', reason });
    return false;
  }
  call.line.playout.getAhead(AHEAD_MS);
  const released = host.release(callId);
  const frozenMs = clock.now();
  const { frozen, entries } = released;
  switchboard.hold({ audio: true });
  try {
    const untold = entries.filter(({ seq }) => seq > told.seq);
    const { streamSid } = stream;
    await link.ask({ event: 'aybiza.take', frozen, entries: untold, streamSid }, takeLimitMs(frozen));
  } catch (error) {
    link.close(1000, 'the call stays');
    const { socket, streamSid } = stream;
    const stayed = host.prepare(frozen, entries).go({ socket, streamSid }, clock.now() - frozenMs);
    options.stays(stayed);
    stayed.send({ type: 'placement.refused', reason: messageOf(error) });
    return false;
  }
  options.taken(link, released);
  // There and back it takes as long once more.
  link.tell({ event: 'aybiza.go', playedMs: 2 * (clock.now() - frozenMs) });
  return true;
}

/** A node that has looked at the call and can go on with it. Tells it the log so far, which is most of what there is to tell. */
async function prepare(
  { call, clock, clouds, link: open }: HandOffOptions,
  untilMs: number,
  told: { seq: number },
): Promise<CloudLink> {
  const failures: string[] = [];
  for (const cloud of clouds) {
    const leftMs = () => untilMs - LEAST_WAIT_MS - clock.now();
    if (leftMs() <= 0) break;
    const link = open(cloud);
    try {
      await link.open(Math.min(CONNECT_MS, leftMs()));
      const { start } = call;
      const log = [...(call.log.entries ?? [])];
      told.seq = log.at(-1)?.seq ?? 0;
      await link.ask(
        { event: 'aybiza.prepare', callId: start.callId, start, entries: log },
        Math.min(PREPARE_MS, Math.max(0, leftMs())),
      );
      return link;
    } catch (error) {
      link.close(1000, 'another node is asked');
      failures.push(messageOf(error));
    }
  }
  throw new Error(failures.length > 0 ? failures.join('; ') : 'no cloud node is known');
}

function takeLimitMs({ line }: FrozenCall): number {
  const isToSpeak = line !== undefined && (line.playout.audio !== '' || line.waiting.length > 0);
  const holdsMs = isToSpeak ? line.playout.carrierHoldsMs : Number.POSITIVE_INFINITY;
  return Math.min(TAKE_MS.most, Math.max(TAKE_MS.least, holdsMs / 2));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
