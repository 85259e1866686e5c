import { type Frame, PROTOCOL_VERSION } from './frames.ts';
import type { Tap } from './tap.ts';
import type { Viewer } from './viewer.ts';

/** The inspection shows itself as one more actor: viewers know no other frames. */
const SESSION_ID = 'inspection';

/** What a viewer is told of what it sees: how many calls of how many, under which bounds, and what was left out. */
export function aboutInspection(
  { wish, taps, droppedInAll }: Viewer<Tap>,
  type: '@xstate.actor' | '@xstate.snapshot',
  { dropped, liveCalls, wallMs }: { dropped: number; liveCalls: number; wallMs: number },
): Frame {
  const { sample, redact, maxEventsPerSecond } = wish;
  const calls = [...taps];
  const snapshot = {
    status: 'active',
    context: {
      inspected: calls.map(({ call }) => call.start.callSid),
      liveCalls,
      sample,
      redacted: redact ? 'all' : calls.some(({ mustRedact }) => mustRedact) ? 'as the agents demand' : 'none',
      maxEventsPerSecond,
      dropped: droppedInAll,
    },
  };
  const base = {
    sessionId: SESSION_ID,
    rootId: SESSION_ID,
    id: null,
    createdAt: String(wallMs),
    _version: PROTOCOL_VERSION,
    snapshot,
  };
  const told =
    type === '@xstate.actor'
      ? { ...base, type, name: SESSION_ID, definition: JSON.stringify({ id: SESSION_ID }) }
      : {
          ...base,
          type,
          event:
            dropped > 0 ? { type: 'inspection.dropped', events: dropped } : { type: 'inspection.changed' },
        };
  return told as unknown as Frame;
}
