import type { Clock } from '../../../runtime/clock.ts';

/**
 * Waits for a promise no longer than until the clock shows `untilMs`, and not at all once the signal is aborted. What the
 * promise does afterwards is nobody's concern.
 */
export function within<T>(
  promise: Promise<T>,
  untilMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<{ value: T } | 'late' | 'aborted'> {
  return new Promise((resolve, reject) => {
    const settle = (done: () => void) => {
      clock.clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      done();
    };
    const onAbort = () => settle(() => resolve('aborted'));
    const timer = clock.setTimeout(() => settle(() => resolve('late')), untilMs - clock.now());
    promise.then(
      value => settle(() => resolve({ value })),
      error => settle(() => (signal.aborted ? resolve('aborted') : reject(error))),
    );
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}
