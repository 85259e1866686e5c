import type { AnyActorRef } from 'xstate';

/** What somebody asks to see. */
export interface Wish {
  /** One call alone; otherwise all, as many as may be inspected. */
  one: boolean;
  /** Of all calls, this share: 0 … 1. */
  sample: number;
  redact: boolean;
  maxEventsPerSecond: number;
}

/** The way to whoever looks. */
export interface Outlet {
  /** As a socket's: `dropped` when the peer reads too slowly. */
  send(text: string): 'sent' | 'queued' | 'dropped';
  close(code: number, reason: string): void;
}

/** Actors whose present state is still owed; of more, the next event tells. */
const MOST_OWED = 1_000;
const SECOND_MS = 1_000;

/** One who looks: at which calls, and how much of them still fits into the present second. */
export class Viewer<Tap> {
  readonly wish: Wish;
  readonly outlet: Outlet;
  readonly taps = new Set<Tap>();
  /** Events left out since it was last told. */
  dropped = 0;
  droppedInAll = 0;
  /** Something of what it is told about the inspection itself has changed. */
  isBehind = false;
  /** Actors of which it has missed a step, and the call of each. */
  #owed = new Map<AnyActorRef, Tap>();
  #secondBeganMs: number;
  #inSecond = 0;

  constructor(wish: Wish, outlet: Outlet, nowMs: number) {
    this.wish = wish;
    this.outlet = outlet;
    this.#secondBeganMs = nowMs;
  }

  /** Counts a frame that goes out whatever the bounds. */
  count(): void {
    this.#inSecond++;
  }

  /** Whether one more event fits into the second; counts it if so. */
  admits(): boolean {
    if (this.#inSecond >= this.wish.maxEventsPerSecond) return false;
    this.#inSecond++;
    return true;
  }

  missed(tap: Tap, actor: AnyActorRef): void {
    this.dropped++;
    this.droppedInAll++;
    this.owe(tap, actor);
  }

  owe(tap: Tap, actor: AnyActorRef): void {
    if (this.#owed.size < MOST_OWED) this.#owed.set(actor, tap);
  }

  /** Whether there is something to tell once the second is over. */
  get isOwed(): boolean {
    return this.dropped > 0 || this.isBehind || this.#owed.size > 0;
  }

  takeDropped(): number {
    const dropped = this.dropped;
    this.dropped = 0;
    return dropped;
  }

  beginSecond(nowMs: number): void {
    this.#secondBeganMs = nowMs;
    this.#inSecond = 0;
  }

  secondIsOver(nowMs: number): boolean {
    return nowMs - this.#secondBeganMs >= SECOND_MS;
  }

  takeOwed(): (readonly [AnyActorRef, Tap])[] {
    const owed = [...this.#owed];
    this.#owed = new Map();
    return owed;
  }
}
