import type { callMachine } from '../../machines/call.ts';
import type { CallEvent } from '../../machines/call-events.ts';
import type { Clock } from '../clock.ts';
import type { FrozenTimer } from '../freeze.ts';
import { FROZEN_SCHEMA, type FrozenCall } from '../frozen-call.ts';
import type { CallStart, LogEntry } from '../journal.ts';
import { Replayer } from '../replay.ts';
import { beganIn } from './began-in.ts';

export interface LeftBehind {
  start: CallStart;
  /** The latest; null when the node died before the first was written. */
  frozen: FrozenCall | null;
  /** The call's whole log, as far as it was written. */
  entries: readonly LogEntry[];
}

/** A call as it stood at the end of its log, with its line lost. */
export interface UpToDate {
  frozen: FrozenCall;
  /** What the chart has been told that is in no log yet. */
  told: CallEvent | null;
}

/** There is nothing left to go on with. */
export class CallHadEnded extends Error {
  override readonly name = 'CallHadEnded';

  constructor() {
    super('The call had ended when its node died.');
  }
}

export interface Here {
  clock: Pick<Clock, 'wallTime'>;
  /** Where the call ran if its log says nothing of it; default `cloud`. */
  placement?: 'edge' | 'cloud';
}

/**
 * Takes what the log has more than the snapshot through the chart, which then is told that its line is lost: the node that
 * held it is dead. `machine` is the chart with nothing but its flow behind it, and the host's own delays. Throws when the
 * call has ended, or does not fit its chart.
 */
export function bringUpToDate(
  machine: typeof callMachine,
  { start, frozen, entries }: LeftBehind,
  here: Here,
): UpToDate {
  const tail = entries.filter(({ seq }) => seq > (frozen?.seq ?? 0));
  const placement = beganIn(entries) === 'edge' ? 'edge' : (here.placement ?? 'cloud');
  const replayer = new Replayer(machine, { callId: start.callId, placement }, frozen);
  for (const entry of tail) replayer.take(entry);
  const last = tail.at(-1);
  const seq = last?.seq ?? frozen?.seq ?? 0;
  const atMs = Math.max(frozen?.atMs ?? 0, last?.atMs ?? 0);

  const { snapshot } = replayer;
  if (replayer.failure) throw new Error('The chart failed on the call’s log.', { cause: replayer.failure });
  if (snapshot.status !== 'active') throw new CallHadEnded();
  const isLive = snapshot.matches('live');
  const told: CallEvent | null =
    isLive && !snapshot.matches({ live: { line: 'lost' } })
      ? { type: 'line.lost', reason: 'its node died' }
      : null;
  if (told) replayer.take({ seq: seq + 1, atMs, kind: 'event', event: told });

  const actor = replayer.freeze();
  replayer.stop();
  const deadMs = Math.max(0, here.clock.wallTime() - start.startedAt - atMs);
  return {
    frozen: {
      schema: FROZEN_SCHEMA,
      start,
      seq,
      // What comes next comes so much later, to whoever looks at the call or hears its recording.
      atMs: atMs + deadMs,
      floor: isLive ? 'onHold' : 'thinking',
      utterances: Math.max(frozen?.utterances ?? 0, latestUtterance(tail)),
      actor: { ...actor, timers: actor.timers.map(timer => onTheWall(timer, deadMs)) },
    },
    told,
  };
}

function latestUtterance(entries: readonly LogEntry[]): number {
  let latest = 0;
  for (const entry of entries)
    if (entry.kind === 'event' && entry.event.type === 'caller.finished') latest = entry.event.utterance;
  return latest;
}

/** Where a call was passed to a person from outside: the number; null: to whom the agent's callers are passed. */
export function transferIn(entries: readonly LogEntry[]): string | null {
  const transfer = entries.findLast(
    entry =>
      entry.kind === 'event' &&
      (entry.event.type === 'call.transfer' ||
        (entry.event.type === 'voice.finished' && entry.event.next === 'transfer')),
  );
  return transfer?.kind === 'event' && transfer.event.type === 'call.transfer' ? transfer.event.number : null;
}

/** How long a call lasts is counted by the clock on the wall; all else waits while nobody is there to wait. */
function onTheWall(timer: FrozenTimer, deadMs: number): FrozenTimer {
  return timer.id.startsWith('xstate.after.longestCall.')
    ? { ...timer, leftMs: Math.max(0, timer.leftMs - deadMs) }
    : timer;
}
