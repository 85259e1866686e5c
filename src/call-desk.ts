import type { CallHost } from '../runtime/call-host.ts';
import type { Clock } from '../runtime/clock.ts';
import { CannotGoOn, type ReturningCalls } from './cluster/returning-calls.ts';
import { settlesWithin } from './settles-within.ts';
import type { CallStore } from './storage/call-store.ts';
import type { AfterStream, CallDesk, CallStatus } from './telephony/routes.ts';

export interface CallDeskOptions {
  host: Pick<CallHost, 'size' | 'bySid' | 'isFinishing' | 'abandon'>;
  /** Calls that another node had, or an earlier life of this one. */
  returning: Pick<ReturningCalls, 'idOf' | 'waiting' | 'bringBack' | 'callerIsGone' | 'lost'>;
  /** Rejects when the records cannot be reached. */
  store: Pick<CallStore, 'isOurs' | 'epochOf' | 'forsake'>;
  clock: Clock;
  isDraining(): boolean;
  /** The carrier has asked what to do with the caller, or has said that the call is over. */
  onAnswered(callSid: string): void;
}

/** Records that do not answer by then keep nobody from going on. */
const LOOK_WITHIN_MS = 1_500;
const ENDED: readonly CallStatus[] = ['completed', 'busy', 'failed', 'no-answer', 'canceled'];

/** What the carrier's webhooks, and softphones in their place, may ask of the calls. */
export function callDesk(options: CallDeskOptions): CallDesk {
  const { host, returning, store, clock, isDraining, onAnswered } = options;

  function idOf(callSid: string): string | undefined {
    return host.bySid(callSid)?.start.callId ?? returning.idOf(callSid);
  }

  async function isAnothers(callId: string, tenure: number): Promise<boolean> {
    if (tenure > (store.epochOf(callId) ?? 0)) return true;
    let isOurs = true;
    const look = store.isOurs(callId).then(answer => {
      isOurs = answer;
    });
    await settlesWithin(look, LOOK_WITHIN_MS, clock);
    return !isOurs;
  }

  async function comeBack(callSid: string): Promise<AfterStream | null> {
    if (host.isFinishing(callSid)) return { next: 'hangUp' };
    try {
      return (await returning.bringBack(callSid)) ? null : { next: 'hangUp' };
    } catch (error) {
      if (error instanceof CannotGoOn) return { next: 'apologise', language: error.language };
      throw error;
    }
  }

  return {
    get liveCalls() {
      return host.size + returning.waiting;
    },
    get draining() {
      return isDraining();
    },
    has: callSid => idOf(callSid) !== undefined || host.isFinishing(callSid),
    tenureOf(callSid) {
      const callId = idOf(callSid);
      return callId === undefined ? null : store.epochOf(callId);
    },
    async forgetIfTaken(callSid, tenure) {
      const callId = idOf(callSid);
      if (callId === undefined || !(await isAnothers(callId, tenure))) return false;
      if (idOf(callSid) !== callId) return false;
      store.forsake(callId);
      returning.lost(callId);
      host.abandon(callId);
      return true;
    },
    async afterStream(callSid): Promise<AfterStream> {
      onAnswered(callSid);
      const isLost = host.bySid(callSid) ? null : await comeBack(callSid);
      if (isLost) return isLost;
      const call = host.bySid(callSid);
      if (!call) return { next: returning.idOf(callSid) === undefined ? 'hangUp' : 'reconnect' };
      if (call.isOver) return { next: 'hangUp' };
      return call.transferTo ? { next: 'dial', number: call.transferTo } : { next: 'reconnect' };
    },
    async onDialed(callSid, status) {
      const isServed = status === 'completed' || status === 'answered';
      const lost = host.bySid(callSid) ? null : await comeBack(callSid);
      if (lost?.next === 'apologise' && !isServed) throw new Error(`The call ${callSid} cannot go on here.`);
      // Otherwise the carrier brings the caller back, and the new stream says so.
      if (isServed) host.bySid(callSid)?.send({ type: 'transfer.connected' });
    },
    async onStatus(callSid, status) {
      if (!ENDED.includes(status)) return;
      onAnswered(callSid);
      const call = host.bySid(callSid);
      if (call) call.send({ type: 'caller.hungUp' });
      else if (!host.isFinishing(callSid)) await returning.callerIsGone(callSid);
    },
  };
}
