import type { Clock, TimerHandle } from '../../runtime/clock.ts';
import type { Log } from '../storage/log.ts';

const BURST_ERRORS = 5;
const BURST_MS = 5_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/** What the breaker needs of a BullMQ worker. */
export interface PausableWorker {
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'completed', listener: () => void): unknown;
  pause(doNotWaitActive: boolean): Promise<void>;
  resume(): void;
}

/**
 * A BullMQ worker whose backend answers with errors asks again at once, hundreds of times a second. After a burst of
 * errors this pauses it, for longer each time until a job succeeds.
 */
export function breakHotLoop(worker: PausableWorker, clock: Clock, log: Log): { stop(): void } {
  let errorTimes: number[] = [];
  let pauseMs = FIRST_PAUSE_MS;
  let waiting: TimerHandle | null = null;
  let stopped = false;

  worker.on('completed', () => {
    pauseMs = FIRST_PAUSE_MS;
  });

  worker.on('error', error => {
    // Errors of calls that were under way when the pause began say nothing new.
    if (stopped || waiting !== null) return;
    log.warn({ error: error.message }, 'The job worker reported an error');

    const now = clock.now();
    errorTimes = [...errorTimes.filter(time => now - time < BURST_MS), now];
    if (errorTimes.length >= BURST_ERRORS) open(error);
  });

  function open(error: Error): void {
    log.error({ error: error.message, pauseMs }, 'The job worker fails repeatedly and pauses; jobs are kept');
    errorTimes = [];
    waiting = clock.setTimeout(() => void resume(), pauseMs);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    paused = worker.pause(true).catch(() => {});
  }

  let paused: Promise<void> = Promise.resolve();

  async function resume(): Promise<void> {
    await paused;
    waiting = null;
    if (!stopped) worker.resume();
  }

  return {
    stop() {
      stopped = true;
      if (waiting !== null) clock.clearTimeout(waiting);
    },
  };
}
