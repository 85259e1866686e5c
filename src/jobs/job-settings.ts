export interface JobSettings {
  /** How often a job is tried before it is given up. */
  attempts: number;
  /** Wait before the second attempt; it doubles with each further one. */
  retryDelayMs: number;
  /** Jobs that run at the same time on one node. */
  concurrency: number;
  /** A job whose process died is given to another after this long. */
  lockMs: number;
  /** Closing waits this long for running jobs and for the queue's server. What still runs then runs again elsewhere. */
  closeTimeoutMs: number;
  /** Before every key in Redis, so that several installations can share one. */
  redisPrefix: string;
}

export const defaultJobSettings: JobSettings = {
  attempts: 5,
  retryDelayMs: 1_000,
  concurrency: 4,
  lockMs: 30_000,
  closeTimeoutMs: 10_000,
  redisPrefix: 'aybiza',
};
