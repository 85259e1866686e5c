import { randomBytes } from 'node:crypto';
import type { Clock, TimerHandle } from '../../runtime/clock.ts';

/** A call that the carrier has announced by webhook and whose media stream is on its way. */
export interface ExpectedCall {
  callSid: string;
  /** Ours, where it was chosen before the call came here. */
  callId?: string;
  accountSid: string;
  /** As the carrier wrote it: a number, a SIP address, `anonymous`. */
  from: string;
  to: string;
  direction: 'inbound' | 'outbound';
  /** The carrier's word for it: `ringing`, `in-progress`, … */
  callStatus: string;
  /** Stream parameters (edge_region, latency_target, quality_mode) and the webhook's own fields. */
  parameters: Readonly<Record<string, string>>;
  /** The stream continues a call that began earlier. */
  resume: boolean;
  /** What carries the caller's audio, where that is not the carrier's Media Streams. */
  carrier?: string;
  /** The caller may type: a softphone of ours. Carriers do not send text. */
  acceptsText?: boolean;
  /** Of a caller who may choose: who answers, and how. Absent where the numbers decide. */
  wishes?: CallWishes;
}

export interface CallWishes {
  agent: string;
  flow: string;
  flowVersion: string;
  /** BCP-47. */
  language: string;
}

/** Why a stream was turned away. */
export type Refusal = 'unknown' | 'wrongCall' | 'replayed' | 'expired' | 'withdrawn';

export interface ReceptionOptions {
  clock: Clock;
  /** How long a stream may take to come. Default 30,000. */
  lifetimeMs?: number;
  /** How many calls may wait; over it, the one that has waited longest gives way. Default 10,000. */
  maxWaiting?: number;
  /** Default: the system's random source. */
  random?: (sizeBytes: number) => Buffer;
  /** A stream never came, or its place was taken. */
  onExpired?: (call: ExpectedCall) => void;
  /** A stream was turned away. For the log: it is told the claimed call, never the token. */
  onRefused?: (reason: Refusal, callSid: string) => void;
}

interface Waiting {
  call: ExpectedCall;
  timer: TimerHandle;
}

const TOKEN_BYTES = 16;
/** Spent tokens that are remembered, so that the log can tell a replay from a guess. */
const MAX_SPENT = 1_000;

/**
 * Where announced calls wait for their streams. The webhook puts a token into the stream's parameters; the stream shows
 * it in its first message. A token is good for one stream of one call, once. An upgrade's signature alone does not say
 * which call the stream belongs to.
 */
export class Reception {
  readonly #options: ReceptionOptions;
  readonly #waiting = new Map<string, Waiting>();
  readonly #tokenOf = new Map<string, string>();
  readonly #spent = new Map<string, Refusal>();
  #whenEmpty: (() => void)[] = [];

  constructor(options: ReceptionOptions) {
    this.#options = options;
  }

  /** New calls on their way. Resumed ones are not counted: they are live already. */
  get waitingCalls(): number {
    let count = 0;
    for (const { call } of this.#waiting.values()) if (!call.resume) count++;
    return count;
  }

  /** Expects a stream for `call`; a carrier that repeats its webhook gets a new token, and the old one is void. */
  announce(call: ExpectedCall): string {
    this.withdraw(call.callSid);
    if (this.#waiting.size >= (this.#options.maxWaiting ?? 10_000)) this.#expireOldest();

    const token = (this.#options.random ?? randomBytes)(TOKEN_BYTES).toString('base64url');
    const timer = this.#options.clock.setTimeout(
      () => this.#expire(token),
      this.#options.lifetimeMs ?? 30_000,
    );
    this.#waiting.set(token, { call, timer });
    this.#tokenOf.set(call.callSid, token);
    return token;
  }

  /** The call that the token was made for, or null. A wrong call does not use the token up: its owner may still come. */
  admit(token: string, callSid: string): ExpectedCall | null {
    const waiting = this.#waiting.get(token);

    if (!waiting) return this.#refuse(this.#spent.get(token) ?? 'unknown', callSid);
    if (waiting.call.callSid !== callSid) return this.#refuse('wrongCall', callSid);

    this.#remove(token, 'replayed');
    return waiting.call;
  }

  /** Whether a stream of the call is on its way. */
  expects(callSid: string): boolean {
    return this.#tokenOf.has(callSid);
  }

  /** Stops expecting a call's stream. Gives the call if it was still waiting. */
  withdraw(callSid: string): ExpectedCall | null {
    const token = this.#tokenOf.get(callSid);
    return token === undefined ? null : this.#remove(token, 'withdrawn');
  }

  /** Resolves when nobody waits any more: their streams have come, or their time is over. */
  async emptied(): Promise<void> {
    while (this.#waiting.size > 0) await new Promise<void>(resolve => this.#whenEmpty.push(resolve));
  }

  /** Forgets everyone, silently. */
  close(): void {
    for (const { timer } of this.#waiting.values()) this.#options.clock.clearTimeout(timer);
    this.#waiting.clear();
    this.#tokenOf.clear();
    this.#spent.clear();
    this.#tellIfEmpty();
  }

  #expireOldest(): void {
    const [oldest] = this.#waiting.keys();
    if (oldest !== undefined) this.#expire(oldest);
  }

  #expire(token: string): void {
    const call = this.#remove(token, 'expired');
    if (call) this.#options.onExpired?.(call);
  }

  #remove(token: string, because: Refusal): ExpectedCall | null {
    const waiting = this.#waiting.get(token);
    if (!waiting) return null;

    this.#options.clock.clearTimeout(waiting.timer);
    this.#waiting.delete(token);
    this.#tokenOf.delete(waiting.call.callSid);
    this.#spent.set(token, because);
    const [eldest] = this.#spent.keys();
    if (this.#spent.size > MAX_SPENT && eldest !== undefined) this.#spent.delete(eldest);
    this.#tellIfEmpty();
    return waiting.call;
  }

  #tellIfEmpty(): void {
    if (this.#waiting.size === 0) for (const resolve of this.#whenEmpty.splice(0)) resolve();
  }

  #refuse(reason: Refusal, callSid: string): null {
    this.#options.onRefused?.(reason, callSid);
    return null;
  }
}
