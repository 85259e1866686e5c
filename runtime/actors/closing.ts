import { fromCallback } from 'xstate';
import type { Calls } from '../call.ts';

/** Ends a call's line: the caller's last words are still recognised, then the socket is closed. */
export function defineClosing(calls: Calls) {
  return fromCallback<{ type: 'none' }, { callId: string }>(({ input }) => {
    const call = calls.get(input.callId);
    call.line.finish().then(
      () => call.send({ type: 'line.closed' }),
      error => {
        call.warn('The line did not close properly.', error);
        call.send({ type: 'line.closed' });
      },
    );
  });
}
