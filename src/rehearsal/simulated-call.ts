import type { AnyStateMachine } from 'xstate';
import type { Call, Log } from '../../runtime/call.ts';
import { CallHost, type HostOptions, type Providers } from '../../runtime/call-host.ts';
import { type SimulatedClock, systemClock, type TimerHandle } from '../../runtime/clock.ts';
import type { FrozenCall } from '../../runtime/frozen-call.ts';
import type { CallStart, CallSummary, LogEntry } from '../../runtime/journal.ts';
import { stateName } from '../call-views.ts';
import { SimulatedCaller } from './caller.ts';
import type { SimulatedCarrier } from './carrier.ts';
import { MemoryJournal } from './memory-journal.ts';
import type { Outside } from './outside.ts';

export const quietLog: Log = { info() {}, warn() {}, error() {} };

/** The call did not come to where it was waited for. */
export class StuckError extends Error {
  override readonly name = 'StuckError';
}

export interface SimulatedCallOptions<Carrier extends SimulatedCarrier = SimulatedCarrier> {
  /** The one that `providers` run on. */
  clock: SimulatedClock;
  providers: Providers;
  flow: AnyStateMachine;
  host?: Partial<HostOptions>;
  start?: Partial<CallStart>;
  journal?: MemoryJournal;
  openCarrier(clock: SimulatedClock): Carrier;
  /** The call was left behind by a node that died. */
  restore?: { start?: CallStart; frozen: FrozenCall | null; entries: readonly LogEntry[] };
  /** What of the providers is real, and takes real time. */
  outside?: Outside;
}

/**
 * A whole call on simulated time: real chart, host, media plane and playout, between a carrier and a caller that live on
 * the same clock. Time moves only when told to, from one due timer straight to the next.
 */
export class SimulatedCall<Carrier extends SimulatedCarrier = SimulatedCarrier> {
  readonly clock: SimulatedClock;
  /** The journal, the host and the call change when the call moves. */
  journal: MemoryJournal;
  host: CallHost;
  call: Call;
  readonly caller: SimulatedCaller;
  carrier: Carrier;
  readonly #options: SimulatedCallOptions<Carrier>;
  #streams = 0;

  constructor(options: SimulatedCallOptions<Carrier>) {
    const { clock, restore } = options;
    this.#options = options;
    this.clock = clock;
    this.journal = options.journal ?? new MemoryJournal();
    this.host = this.openHost(this.journal);
    this.carrier = options.openCarrier(clock);
    this.caller = new SimulatedCaller(clock, this.carrier);
    this.call = restore
      ? this.host.restore(restore.frozen, restore.entries, restore.start)
      : this.host.begin(callStart({ startedAt: clock.wallTime(), ...options.start }), this.carrier, 'MZ0');
    this.carrier.connect(this.call);
  }

  /** One more host of the same world. */
  protected openHost(journal: MemoryJournal, options: Partial<HostOptions> = {}): CallHost {
    const { clock, providers, flow, host } = this.#options;
    return new CallHost({
      clock,
      providers,
      flow: () => flow,
      journal,
      log: quietLog,
      voice: 'text',
      transferNumber: null,
      ...host,
      ...options,
    });
  }

  /** The path in the chart that tells most. */
  get state(): string {
    return stateName(this.call.state);
  }

  get hasEnded(): boolean {
    return this.host.size === 0;
  }

  /** The record, once the call is over and it is written. */
  get summary(): CallSummary | undefined {
    return this.journal.finished[0];
  }

  async pass(ms: number): Promise<void> {
    const { clock } = this;
    const untilMs = clock.now() + ms;
    do await this.#step(untilMs - clock.now());
    while (clock.now() < untilMs);
  }

  /** Lets time pass until `isSo`, a minute of the call's time at most; then throws a `StuckError`. */
  async until(isSo: () => boolean, what: string, limitMs = 60_000): Promise<void> {
    const untilMs = this.clock.now() + limitMs;
    while (!isSo()) {
      if (this.clock.now() >= untilMs)
        throw new StuckError(`Waited in vain for ${what}; the call is in ${this.state}.`);
      await this.#step(untilMs - this.clock.now());
    }
  }

  async untilListening(): Promise<void> {
    await this.until(() => this.state === 'floor.listening.quiet' || this.hasEnded, 'the agent to listen');
  }

  /** Waits for the call's end and its record; nothing may be left running. */
  async over(limitMs = 120_000): Promise<CallSummary> {
    await this.until(() => this.hasEnded, 'the end', limitMs);
    this.caller.stop();
    // A journal that fails is tried again later, so time must pass here.
    for (let ms = 0; ms < limitMs && !this.summary; ms += 1_000) await this.pass(1_000);
    await this.host.idle();
    await this.pass(1_000);
    if (!this.summary) throw new Error('The record was never written.');
    if (this.clock.pending > 0) throw new Error(`${this.clock.pending} timers outlived the call.`);
    return this.summary;
  }

  /** The carrier comes back with a new stream. */
  reconnect(): void {
    this.carrier = this.#options.openCarrier(this.clock);
    this.carrier.connect(this.call);
    this.caller.carrier = this.carrier;
    this.call.resume(this.carrier, `MZ${++this.#streams}`);
  }

  /** To the next moment at which something can happen, at most `limitMs` away. */
  async #step(limitMs: number): Promise<void> {
    const { clock } = this;
    const nextMs = Math.min(limitMs, clock.untilNextMs ?? limitMs);
    const { outside } = this.#options;
    if (!outside?.isAwaited) return clock.advance(nextMs);

    let timer: TimerHandle = null;
    const due = new Promise<void>(resolve => {
      timer = systemClock.setTimeout(resolve, nextMs);
    });
    await Promise.race([outside.arrival(), due]);
    systemClock.clearTimeout(timer);
    const elapsedMs = outside.takeElapsedMs(nextMs);
    await clock.advance(elapsedMs);
    if (elapsedMs < nextMs) outside.release();
    await clock.advance(0);
  }
}

export function callStart(overrides: Partial<CallStart> = {}): CallStart {
  return {
    callId: 'call-1',
    callSid: 'CA00000000000000000000000000000001',
    node: 'rehearsal',
    from: '+12025550123',
    to: '+12025550100',
    direction: 'inbound',
    flow: 'order-status',
    flowVersion: 'rehearsal',
    language: 'en-US',
    startedAt: 0,
    parameters: {},
    ...overrides,
  };
}
