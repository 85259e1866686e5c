import type { Clock } from '../runtime/clock.ts';

/** True once `work` is over, whether it succeeded or not; false when it is still under way after `timeoutMs`. */
export function settlesWithin(work: Promise<unknown>, timeoutMs: number, clock: Clock): Promise<boolean> {
  return new Promise(resolve => {
    const timer = clock.setTimeout(() => resolve(false), timeoutMs);
    const settled = () => {
      clock.clearTimeout(timer);
      resolve(true);
    };
    work.then(settled, settled);
  });
}
