import type { Call, Log } from '../../runtime/call.ts';
import type { CallHost } from '../../runtime/call-host.ts';
import { type Clock, passing } from '../../runtime/clock.ts';
import { type CallStart, type CallSummary, CallTakenOver, type LogEntry } from '../../runtime/journal.ts';
import { isWhole, type PreparedCall } from '../../runtime/moving/prepared-call.ts';
import { CallHadEnded } from '../../runtime/moving/up-to-date.ts';
import type { Carrier } from '../../runtime/ports.ts';
import type { CallBounds } from '../regions/call-bounds.ts';
import type { Orphan } from '../storage/call-records.ts';
import type { CallStore, ClaimedCall } from '../storage/call-store.ts';
import { interruptedSummary } from '../storage/close-orphans.ts';

export interface ReturningCallsOptions {
  host: Pick<CallHost, 'bySid' | 'prepare' | 'restore'>;
  store: Pick<CallStore, 'peek' | 'claim' | 'finish'>;
  /** Which calls may go on here. */
  bounds: Pick<CallBounds, 'isOpen' | 'refusal'>;
  /** A call that may not be here has ended as far as this node can tell: its record is closed by somebody. */
  forgo(call: Orphan): Promise<void>;
  clock: Clock;
  log: Log;
  /** Brings here the version of the flow that a call follows, if it was kept. */
  bringFlow?(start: CallStart): Promise<void>;
  /** Makes a call's summary from its log alone. */
  project(start: CallStart, entries: readonly LogEntry[]): CallSummary;
}

/** A call that was claimed and cannot go on; its record is closed. */
export class CannotGoOn extends Error {
  override readonly name = 'CannotGoOn';
  /** BCP-47. */
  readonly language: string;

  constructor({ callId, language }: CallStart, cause: unknown) {
    super(`The call ${callId} cannot go on here: ${(cause as Error).message}`, { cause });
    this.language = language;
  }
}

/** A call whose data may not be where this node is. Nothing of it was claimed or read. */
export class MayNotBeHere extends Error {
  override readonly name = 'MayNotBeHere';
  readonly call: Orphan;

  constructor(call: Orphan, why: string) {
    super(why);
    this.call = call;
  }
}

const RETRY_MS = 1_000;
/** A carrier waits some 15 s for its answer, of which other nodes may have had some. */
const CLAIM_WITHIN_MS = 8_000;
const CLAIM_AGAIN_MS = 200;

/**
 * Calls that were another node's, or of an earlier life of this one, and whose callers come here. Those that were let go wait
 * as they are for their stream and go on in the middle of the sentence; those whose node died are on hold until it comes.
 */
export class ReturningCalls {
  readonly #options: ReturningCallsOptions;
  /** By the carrier's id. */
  readonly #prepared = new Map<string, PreparedCall>();
  readonly #coming = new Map<string, Promise<boolean>>();

  constructor(options: ReturningCallsOptions) {
    this.#options = options;
  }

  /** Our id of the call, if it waits here for its stream. */
  idOf(callSid: string): string | undefined {
    return this.#prepared.get(callSid)?.callId;
  }

  get waiting(): number {
    return this.#prepared.size;
  }

  /**
   * Makes sure that the call is here, or waits here for its stream. False when there is no such call any more. Throws
   * CannotGoOn, and when the records cannot be reached.
   */
  bringBack(callSid: string): Promise<boolean> {
    if (this.#options.host.bySid(callSid)) return Promise.resolve(true);
    const under = this.#coming.get(callSid);
    if (under) return under;
    const coming = this.#bring(callSid)
      .catch(error => this.#giveUp(error))
      .finally(() => this.#coming.delete(callSid));
    this.#coming.set(callSid, coming);
    return coming;
  }

  async #bring(callSid: string): Promise<boolean> {
    const call = await this.takeOver(callSid);
    // Nobody else has had it meanwhile, or its stream has just come.
    if (!call) return this.#prepared.has(callSid) || this.#options.host.bySid(callSid) !== undefined;
    // Since the one that waits here was claimed, the call has been elsewhere.
    this.#prepared.get(callSid)?.drop();
    this.#prepared.delete(callSid);
    if ('go' in call) this.#prepared.set(callSid, call);
    return true;
  }

  /**
   * Claims the call: ready to go on, or on hold until its stream is attached. Null when there is no such call any more.
   * `isWanted`: asked before each try again; whoever asked may have found another node meanwhile. Throws CannotGoOn,
   * MayNotBeHere with the call left as it was, and when the records cannot be reached.
   */
  async takeOver(callSid: string, isWanted = () => true): Promise<PreparedCall | Call | null> {
    const { host, log, bringFlow, clock } = this.#options;
    const untilMs = clock.now() + CLAIM_WITHIN_MS;
    const claimed = await this.#triedUntil(untilMs, () => this.#claim(callSid), isWanted);
    if (!claimed) return null;
    const { start, frozen, entries } = claimed;
    try {
      if (start.carrier !== undefined) throw new Error(`its audio came by ${start.carrier}`);
      await this.#triedUntil(untilMs, async () => bringFlow?.(start));
      if (isWhole(frozen, entries)) return host.prepare(frozen, entries, { isKnown: true, reason: 'drain' });
      return host.restore(frozen, entries, start);
    } catch (error) {
      void this.#close(claimed);
      if (error instanceof CallHadEnded) return null;
      const failure = new CannotGoOn(start, error);
      log.error({ callId: start.callId, err: failure }, 'A call that came back could not go on.');
      throw failure;
    }
  }

  /** The call's stream is here: the voice goes on. Null for a call that does not wait. */
  attach(callSid: string, carrier: Carrier): Call | null {
    const prepared = this.#prepared.get(callSid);
    this.#prepared.delete(callSid);
    return prepared?.go(carrier) ?? null;
  }

  /** The caller of a call that nobody runs has hung up: its record is closed. Does nothing where there is no such call. */
  async callerIsGone(callSid: string): Promise<void> {
    const prepared = this.#prepared.get(callSid);
    this.#prepared.delete(callSid);
    if (prepared) prepared.go().send({ type: 'caller.hungUp' });
    else {
      const claimed = await this.#claim(callSid).catch(async error => {
        if (!(error instanceof MayNotBeHere)) throw error;
        await this.#options.forgo(error.call);
        return null;
      });
      if (claimed) await this.#close(claimed);
    }
  }

  /** Another node has taken the call over: it does not wait here any more. Does nothing for one that did not. */
  lost(callId: string): void {
    for (const [callSid, prepared] of this.#prepared) {
      if (prepared.callId !== callId) continue;
      this.#prepared.delete(callSid);
      prepared.drop();
    }
  }

  /** The stream never came: the call waits for its caller no longer than any whose line is lost. */
  streamNeverCame(callSid: string): void {
    const prepared = this.#prepared.get(callSid);
    this.#prepared.delete(callSid);
    prepared?.go().send({ type: 'line.lost', reason: 'its stream never came' });
  }

  /** Records that are slow, or away for a moment, cost nobody their call: the carrier waits, and the caller with it. */
  async #triedUntil<T>(untilMs: number, work: () => Promise<T>, isWanted = () => true): Promise<T> {
    const { clock, log } = this.#options;
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (error instanceof MayNotBeHere || clock.now() + CLAIM_AGAIN_MS > untilMs) throw error;
        log.warn({ err: error }, 'The records of a call that comes back could not be reached yet.');
        await passing(CLAIM_AGAIN_MS, clock);
        if (!isWanted()) throw error;
      }
    }
  }

  /** Claiming a call reads what was said in it, so that comes after the look at where it may be. */
  async #claim(callSid: string): Promise<ClaimedCall | null> {
    const { bounds, store } = this.#options;
    if (bounds.isOpen) return store.claim(callSid);
    const found = await store.peek(callSid);
    if (!found) return null;
    const refusal = bounds.refusal(found.start);
    if (refusal !== null) throw new MayNotBeHere(found, refusal);
    return store.claim(found.callId);
  }

  async #giveUp(error: unknown): Promise<never> {
    if (!(error instanceof MayNotBeHere)) throw error;
    const { start } = error.call;
    this.#options.log.error({ callId: start.callId, err: error }, 'A call came back where it may not be.');
    await this.#options.forgo(error.call);
    throw new CannotGoOn(start, error);
  }

  /** Until it is written: nobody else looks after a call that was claimed. */
  async #close({ start, entries }: ClaimedCall): Promise<void> {
    const { store, clock, log } = this.#options;
    const summary = interruptedSummary(start, entries, clock.wallTime(), this.#options);
    for (;;) {
      try {
        await store.finish(summary);
        return;
      } catch (error) {
        // Somebody else has it, and its record with it.
        if (error instanceof CallTakenOver) return;
        log.error({ callId: start.callId, err: error }, 'The record of a call could not be closed.');
        await passing(RETRY_MS, clock);
      }
    }
  }
}
