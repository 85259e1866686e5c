import type { CallStore } from '../storage/call-store.ts';
import type { Log } from '../storage/log.ts';

/** What a job is told. It reads everything else from the record, so a job can be retried at any time. */
export interface JobPayload {
  callId: string;
}

export interface JobContext {
  store: CallStore;
  log: Log;
}

export interface Job {
  /** Kebab-case, as its file. It is in the queue and the database: renaming one loses what waits under the old name. */
  readonly name: string;
  /**
   * May run more than once for one call: after an error, or when a process died in the middle. Running twice must leave
   * what running once leaves. Throwing asks for another attempt.
   */
  run(payload: JobPayload, context: JobContext): Promise<void>;
}

export function defineJob(job: Job): Job {
  if (!/^[a-z][a-z0-9-]*$/.test(job.name))
    throw new Error(`A job's name is kebab-case, unlike "${job.name}".`);
  return job;
}
