import type { Job } from './define-job.ts';
import { summariseCall } from './summarise-call.ts';

/** What every call owes when it ends. A new job is one file and one line here. */
export const postCallJobs: readonly Job[] = [summariseCall];
