import type { CallHost } from '../runtime/call-host.ts';
import type { AfterStream, CallDesk } from './telephony/routes.ts';

/** What the carrier's webhooks, and softphones in their place, may ask of the calls. */
export function callDesk(
  host: CallHost,
  isDraining: () => boolean,
  onAnswered: (callSid: string) => void,
): CallDesk {
  return {
    get liveCalls() {
      return host.size;
    },
    get draining() {
      return isDraining();
    },
    afterStream(callSid): AfterStream {
      const call = host.bySid(callSid);
      onAnswered(callSid);
      if (!call || call.isOver) return { next: 'hangUp' };
      return call.transferTo ? { next: 'dial', number: call.transferTo } : { next: 'reconnect' };
    },
    onDialed(callSid, status) {
      const call = host.bySid(callSid);
      // Otherwise the carrier brings the caller back, and the new stream says so.
      if (status === 'completed' || status === 'answered') call?.send({ type: 'transfer.connected' });
    },
    onStatus(callSid, status) {
      const call = host.bySid(callSid);
      const isOver = ['completed', 'busy', 'failed', 'no-answer', 'canceled'].includes(status);
      if (isOver) onAnswered(callSid);
      if (call && isOver) call.send({ type: 'caller.hungUp' });
    },
  };
}
