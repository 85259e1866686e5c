import type { Clock, TimerHandle } from '../../runtime/clock.ts';

export interface Repetition {
  /** No further round; resolves when the one under way is over. */
  stop(): Promise<void>;
}

/** Repeats `work`, resting `everyMs` between the end of one round and the beginning of the next. */
export function repeatEvery(
  everyMs: number,
  work: () => Promise<unknown>,
  { clock, failed }: { clock: Clock; failed(error: Error): void },
): Repetition {
  let timer: TimerHandle;
  let round: Promise<void> = Promise.resolve();
  let stopped = false;

  function arm(): void {
    timer = clock.setTimeout(() => {
      round = run();
    }, everyMs);
  }

  async function run(): Promise<void> {
    await work().catch(failed);
    if (!stopped) arm();
  }

  arm();
  return {
    stop() {
      stopped = true;
      clock.clearTimeout(timer);
      return round;
    },
  };
}
