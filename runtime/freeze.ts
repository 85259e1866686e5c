import type { AnyActorRef, Snapshot } from 'xstate';
import type { Clock } from './clock.ts';

/** A timer that was running: where in the actor tree, what it sends, and how long it had left. */
export interface FrozenTimer {
  /** Child ids from the root; empty for the root itself. */
  source: readonly string[];
  target: readonly string[];
  id: string;
  event: { type: string };
  /** Remaining time, not a date: the clocks of two machines differ. */
  leftMs: number;
  /** By which the event log knows it. */
  number: number;
}

export interface FrozenActor {
  snapshot: Snapshot<unknown>;
  /** How many timers were ever armed. */
  armed: number;
  timers: readonly FrozenTimer[];
}

/** A clock that numbers its timers as they are armed. */
interface NumberingClock extends Pick<Clock, 'now'> {
  armed: number;
}

interface ScheduledEvent {
  source: AnyActorRef;
  target: AnyActorRef;
  event: { type: string };
  id: string;
}

/**
 * Remembers when each of an actor system's timers is due. XState keeps them out of its snapshots and does not arm them
 * again on restore (xstate#5331); with this, `freeze` can write them down and `thaw` can.
 */
export class TimerBook {
  readonly #root: AnyActorRef;
  readonly #clock: NumberingClock;
  readonly #armed = new Map<string, { dueMs: number; number: number }>();

  constructor(root: AnyActorRef, clock: NumberingClock) {
    this.#root = root;
    this.#clock = clock;
    const { scheduler } = root.system as unknown as SystemInternals;
    const schedule = scheduler.schedule;
    scheduler.schedule = (source, target, event, delayMs, id) => {
      schedule(source, target, event, delayMs, id);
      if (id !== undefined)
        this.#armed.set(keyOf(source, id), { dueMs: clock.now() + delayMs, number: clock.armed });
    };
  }

  /** Every timer that runs, the next first. `id` is XState's, as `xstate.after.silence.call.live…`. */
  running(): { id: string; dueMs: number }[] {
    return this.#scheduled()
      .map(({ source, id }) => ({
        id,
        dueMs: this.#armed.get(keyOf(source, id))?.dueMs ?? this.#clock.now(),
      }))
      .sort((a, b) => a.dueMs - b.dueMs);
  }

  freeze(): FrozenActor {
    const scheduled = this.#scheduled();
    const nowMs = this.#clock.now();
    return {
      snapshot: this.#root.getPersistedSnapshot() as Snapshot<unknown>,
      armed: this.#clock.armed,
      timers: scheduled.map(({ source, target, event, id }) => {
        const { dueMs = nowMs, number = 0 } = this.#armed.get(keyOf(source, id)) ?? {};
        return {
          source: pathOf(source),
          target: pathOf(target),
          id,
          event,
          leftMs: Math.max(0, dueMs - nowMs),
          number,
        };
      }),
    };
  }

  /**
   * Arms a restored actor's timers with what is left, `elapsedMs` later, of the time they had left. The actor must have been
   * started.
   */
  thaw({ timers, armed }: Pick<FrozenActor, 'timers' | 'armed'>, elapsedMs = 0): void {
    const { scheduler } = this.#root.system as unknown as SystemInternals;
    // The earliest first, so that timers due together keep their order.
    for (const timer of [...timers].sort((a, b) => a.leftMs - b.leftMs)) {
      const source = actorAt(this.#root, timer.source);
      const target = actorAt(this.#root, timer.target);
      this.#clock.armed = timer.number - 1;
      const leftMs = Math.max(0, timer.leftMs - elapsedMs);
      if (source && target) scheduler.schedule(source, target, timer.event, leftMs, timer.id);
    }
    this.#clock.armed = armed;
  }

  #scheduled(): ScheduledEvent[] {
    return Object.values(this.#root.system.getSnapshot()._scheduledEvents) as unknown as ScheduledEvent[];
  }
}

/**
 * Throws where a restored actor, or its flow, cannot read its snapshot: XState keeps the error and goes on without. The actor
 * must not have been started.
 */
export function mustFit(root: AnyActorRef): void {
  const { children } = root.getSnapshot();
  for (const snapshot of [root.getSnapshot(), children?.flow?.getSnapshot()])
    if (snapshot?.status === 'error')
      throw new Error('The call was written down by another version of its chart or of its flow.', {
        cause: snapshot.error,
      });
}

interface SystemInternals {
  scheduler: {
    schedule(
      source: AnyActorRef,
      target: AnyActorRef,
      event: { type: string },
      delayMs: number,
      id?: string,
    ): void;
  };
}

function keyOf(source: AnyActorRef, id: string): string {
  return `${source.sessionId}.${id}`;
}

function pathOf(actor: AnyActorRef): string[] {
  return actor._parent ? [...pathOf(actor._parent), actor.id] : [];
}

function actorAt(root: AnyActorRef, path: readonly string[]): AnyActorRef | undefined {
  let actor: AnyActorRef | undefined = root;
  for (const id of path) actor = actor?.getSnapshot().children[id] as AnyActorRef | undefined;
  return actor;
}
