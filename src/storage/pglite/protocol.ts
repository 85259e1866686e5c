import type { JobPayload } from '../../jobs/define-job.ts';
import type { JobSettings } from '../../jobs/job-settings.ts';
import type { Row } from '../database.ts';

/** What the main thread asks of the database thread. */
export type DatabaseThread = {
  open(folder: string): Promise<void>;
  /** Outside a transaction when `transaction` is null. */
  query(transaction: number | null, text: string, params: readonly unknown[]): Promise<Row[]>;
  begin(): Promise<number>;
  end(transaction: number, verdict: 'commit' | 'rollback'): Promise<void>;
  startJobs(settings: JobSettings): Promise<void>;
  enqueue(job: string, payload: JobPayload, jobId: string): Promise<void>;
  stopJobs(): Promise<void>;
  close(): Promise<void>;
  /** Which thread this is; 0 would be the main one. */
  threadId(): number;
};

/** What the database thread asks of the main thread. */
export type MainThread = {
  runJob(job: string, payload: JobPayload): Promise<void>;
  log(level: 'info' | 'warn' | 'error', fields: object, message: string): void;
};
