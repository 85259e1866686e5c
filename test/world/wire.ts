import type { SimulatedClock, TimerHandle } from '../../runtime/clock.ts';
import type { Process } from './process.ts';

/** What one end of a wire hears. */
export interface WireListener {
  message(text: string, from: string): void;
  /** Once, whoever closed it, or when it broke. */
  closed(code: number, reason: string): void;
  /** What was held back has gone. */
  drained?(): void;
}

/** How a wire fares on its way. */
export interface Weather {
  latencyMs(): number;
  /** Nothing comes through; what is sent waits. */
  isCut(): boolean;
}

/** How long an end that hears nothing any more holds a wire for alive. */
const BROKEN_AFTER_MS = 20_000;
const LOOK_EVERY_MS = 250;
const ABNORMAL = 1006;

/**
 * A WebSocket between two processes: in order, each message after its latency. In a cut, messages wait, as TCP keeps them; a
 * cut that lasts breaks the wire at both ends. What was sent before a wire was closed arrives before the other end is told so,
 * after the cut too. A process that dies closes its wires, unless its machine has gone with it: then the other end finds out
 * by the silence.
 */
export class Wire {
  readonly ends: readonly [WireEnd, WireEnd];

  constructor(clock: SimulatedClock, weather: Weather, near: Process, far: Process) {
    const one = new WireEnd(clock, weather, near);
    const other = new WireEnd(clock, weather, far);
    one.peer = other;
    other.peer = one;
    this.ends = [one, other];
  }
}

export class WireEnd {
  peer!: WireEnd;
  listener: WireListener | null = null;
  readonly process: Process;
  /** Who sends what leaves here, where it is not the process itself. */
  sender: (() => string) | null = null;
  /** Sees all that leaves here, when it leaves. */
  tap: ((text: string) => void) | null = null;
  readonly #clock: SimulatedClock;
  readonly #weather: Weather;
  #isOpen = true;
  #isPeerGone = false;
  #lastMs = 0;
  #batch: { atMs: number; run: (() => void)[] } | null = null;
  #held: (() => void)[] = [];
  #heldBytes = 0;
  #holding: TimerHandle | null = null;

  constructor(clock: SimulatedClock, weather: Weather, process: Process) {
    this.#clock = clock;
    this.#weather = weather;
    this.process = process;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** It is closed, and the other end has been told or is about to be. */
  get isDone(): boolean {
    return !this.#isOpen && this.#held.length === 0;
  }

  get bufferedBytes(): number {
    return this.#heldBytes;
  }

  /** `taken`: the other end has it. */
  send(text: string, taken?: () => void): boolean {
    if (!this.#isOpen || this.process.isDead) return false;
    this.tap?.(text);
    const from = this.sender?.() ?? this.process.name;
    this.#transmit(() => this.peer.#take(text, from, taken), text.length);
    return true;
  }

  close(code: number, reason: string): void {
    if (!this.#isOpen) return;
    this.#transmit(() => this.peer.#shut(code, reason), 0);
    this.#isOpen = false;
    // The other side answers, or does not; either way this end is told later, never while it closes.
    this.#clock.setTimeout(
      () => this.process.receive(() => this.listener?.closed(code, reason)),
      2 * this.#weather.latencyMs(),
    );
  }

  /** The process is gone. `withMachine`: and nobody is left to say so. */
  died(withMachine: boolean): void {
    if (this.isDone) return;
    this.#isOpen = false;
    if (!withMachine) {
      this.#transmit(() => this.peer.#shut(ABNORMAL, ''), 0);
      return;
    }
    this.#stopHolding();
    this.#clock.setTimeout(() => this.peer.#shut(ABNORMAL, ''), BROKEN_AFTER_MS);
  }

  /** Nothing more comes out at the other end, and neither side is told. */
  vanish(): void {
    this.#isPeerGone = true;
    this.peer.#isPeerGone = true;
  }

  /** The wire breaks, and both sides notice. */
  snap(): void {
    this.#shut(ABNORMAL, '');
    this.peer.#shut(ABNORMAL, '');
  }

  #take(text: string, from: string, taken?: () => void): void {
    this.process.receive(() => {
      if (!this.#isOpen) return;
      taken?.();
      this.listener?.message(text, from);
    });
  }

  #shut(code: number, reason: string): void {
    this.#stopHolding();
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.process.receive(() => this.listener?.closed(code, reason));
  }

  #transmit(arrive: () => void, bytes: number): void {
    if (this.#isPeerGone) return;
    if (this.#held.length > 0 || this.#weather.isCut()) {
      this.#held.push(arrive);
      this.#heldBytes += bytes;
      if (this.#holding === null) this.#hold(this.#clock.now());
      return;
    }
    const nowMs = this.#clock.now();
    const atMs = Math.max(this.#lastMs, nowMs + this.#weather.latencyMs());
    this.#lastMs = atMs;
    if (this.#batch?.atMs === atMs) {
      this.#batch.run.push(arrive);
      return;
    }
    const batch = { atMs, run: [arrive] };
    this.#batch = batch;
    this.#clock.setTimeout(() => {
      if (this.#batch === batch) this.#batch = null;
      for (const run of batch.run) run();
    }, atMs - nowMs);
  }

  #hold(sinceMs: number): void {
    this.#holding = this.#clock.setTimeout(() => {
      this.#holding = null;
      if (!this.#weather.isCut()) this.#letGo();
      else if (this.#clock.now() - sinceMs >= BROKEN_AFTER_MS) this.snap();
      else this.#hold(sinceMs);
    }, LOOK_EVERY_MS);
  }

  #letGo(): void {
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    for (const arrive of held) this.#transmit(arrive, 0);
    this.process.receive(() => this.#isOpen && this.listener?.drained?.());
  }

  #stopHolding(): void {
    this.#clock.clearTimeout(this.#holding);
    this.#holding = null;
    this.#held = [];
    this.#heldBytes = 0;
  }
}
