import type { Clock, SimulatedClock, TimerHandle } from '../../runtime/clock.ts';

interface Timer {
  inner: TimerHandle;
}

/**
 * What runs on a machine of its own: it has its own time, and with its death nothing of it happens any more, whatever it was
 * waiting for. One that is suspended takes up everything at once where it was, as after a long pause of its machine.
 */
export class Process implements Clock {
  readonly name: string;
  readonly #world: SimulatedClock;
  readonly #aheadMs: number;
  readonly #wallAheadMs: number;
  readonly #timers = new Set<Timer>();
  #state: 'running' | 'suspended' | 'dead' = 'running';
  #missed: (() => void)[] = [];

  /** `aheadMs`: of its monotonic clock, which tells no two machines the same; `wallAheadMs`: of its wall clock. */
  constructor(
    name: string,
    world: SimulatedClock,
    { aheadMs = 0, wallAheadMs = 0 }: { aheadMs?: number; wallAheadMs?: number } = {},
  ) {
    this.name = name;
    this.#world = world;
    this.#aheadMs = aheadMs;
    this.#wallAheadMs = wallAheadMs;
  }

  get isDead(): boolean {
    return this.#state === 'dead';
  }

  get isRunning(): boolean {
    return this.#state === 'running';
  }

  /** How many timers are armed. */
  get pending(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#world.now() + this.#aheadMs;
  }

  wallTime(): number {
    return this.#world.wallTime() + this.#wallAheadMs;
  }

  setTimeout(run: () => void, delayMs: number): TimerHandle {
    if (this.#state === 'dead') return null;
    const timer: Timer = { inner: null };
    timer.inner = this.#world.setTimeout(() => {
      // One that is missed stays armed for whoever wants to clear it.
      this.receive(() => this.#timers.delete(timer) && run());
    }, delayMs);
    this.#timers.add(timer);
    return timer;
  }

  clearTimeout(handle: TimerHandle): void {
    const timer = handle as Timer | null | undefined;
    if (!timer || !this.#timers.delete(timer)) return;
    this.#world.clearTimeout(timer.inner);
  }

  /** Something arrives from outside. */
  receive(take: () => void): void {
    if (this.#state === 'dead') return;
    if (this.#state === 'suspended' || this.#missed.length > 0) this.#missed.push(take);
    else take();
  }

  suspend(): void {
    if (this.#state === 'running') this.#state = 'suspended';
  }

  /** What became due meanwhile comes one after the other, with promises settling in between. */
  resume(): void {
    if (this.#state !== 'suspended') return;
    this.#state = 'running';
    this.#catchUp();
  }

  kill(): void {
    this.#state = 'dead';
    this.#missed = [];
    for (const { inner } of this.#timers) this.#world.clearTimeout(inner);
    this.#timers.clear();
  }

  #catchUp(): void {
    const [next] = this.#missed;
    if (!next || this.#state !== 'running') return;
    next();
    this.#missed.shift();
    if (this.#missed.length > 0) this.#world.setTimeout(() => this.#catchUp(), 0);
  }
}
