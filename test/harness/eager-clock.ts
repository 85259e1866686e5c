import type { Clock } from '../../runtime/clock.ts';

/** Its time passes at once, as soon as somebody waits for it. */
export function eagerClock(): Clock {
  let nowMs = 0;
  return {
    now: () => nowMs,
    wallTime: () => nowMs,
    setTimeout(run, delayMs) {
      return setImmediate(() => {
        nowMs += delayMs;
        run();
      });
    },
    clearTimeout: handle => clearImmediate(handle as NodeJS.Immediate),
  };
}
