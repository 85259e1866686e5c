import type { Call } from '../call.ts';
import type { Clock, TimerHandle } from '../clock.ts';

/** Most points where a call can be moved last for seconds. */
const LOOK_EVERY_MS = 20;

/** Enough to move, and to synthesise the next sentence elsewhere by a voice that has just been opened. */
const STOCK_MS = 1_500;

/**
 * Resolves with true at a moment at which the call is movable; nothing else happens before the continuation. With false when
 * the time is over, or the call. Half of the time it waits for a moment at which the agent would not fall silent for want of
 * the next sentence.
 */
export function whenMovable(call: Call, clock: Clock, withinMs: number): Promise<boolean> {
  return new Promise(resolve => {
    const untilMs = clock.now() + withinMs;
    const choosyUntilMs = untilMs - withinMs / 2;
    let timer: TimerHandle = null;
    const isGood = () => call.isMovable && (call.line.isStocked(STOCK_MS) || clock.now() >= choosyUntilMs);
    const settle = (isMovable: boolean) => {
      clock.clearTimeout(timer);
      stopListening();
      resolve(isMovable);
    };
    const look = () => {
      if (isGood()) settle(true);
      else if (call.isOver || clock.now() >= untilMs) settle(false);
      else timer = clock.setTimeout(look, Math.min(LOOK_EVERY_MS, untilMs - clock.now()));
    };
    // A voice takes no rest between its sentences; only there can it be told.
    const stopListening = call.onBetweenSentences(() => {
      if (isGood()) settle(true);
    });
    // Not at once: whatever is on its way through promises now would come before the continuation.
    timer = clock.setTimeout(look, 0);
  });
}
