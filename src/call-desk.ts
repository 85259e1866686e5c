import type { CallHost } from '../runtime/call-host.ts';
import type { Clock } from '../runtime/clock.ts';
import { CannotGoOn, type ReturningCalls } from './cluster/returning-calls.ts';
import { settlesWithin } from './settles-within.ts';
import type { AfterStream, CallDesk, CallStatus } from './telephony/routes.ts';

export interface CallDeskOptions {
  host: Pick<CallHost, 'size' | 'bySid' | 'isFinishing' | 'abandon'>;
  /** Calls that another node had, or an earlier life of this one. */
  returning: Pick<ReturningCalls, 'awaits' | 'waiting' | 'bringBack' | 'callerIsGone'>;
  /** Whether a call that is here is here by the records too. Rejects when they cannot be reached. */
  isOurs(callId: string): Promise<boolean>;
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
  const { host, returning, clock, isDraining, onAnswered } = options;

  /** A machine that stood still, or was cut off, may not have heard that another has gone on with a call, or has closed it. */
  async function forgetIfTaken(callSid: string): Promise<void> {
    const held = host.bySid(callSid);
    if (!held) return;
    const { callId } = held.start;
    let isOurs = true;
    const look = options.isOurs(callId).then(answer => {
      isOurs = answer;
    });
    await settlesWithin(look, LOOK_WITHIN_MS, clock);
    if (!isOurs && host.bySid(callSid) === held) host.abandon(callId);
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
    has: callSid =>
      host.bySid(callSid) !== undefined || returning.awaits(callSid) || host.isFinishing(callSid),
    async afterStream(callSid): Promise<AfterStream> {
      onAnswered(callSid);
      await forgetIfTaken(callSid);
      const isLost = host.bySid(callSid) ? null : await comeBack(callSid);
      if (isLost) return isLost;
      const call = host.bySid(callSid);
      if (!call) return { next: returning.awaits(callSid) ? 'reconnect' : 'hangUp' };
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
