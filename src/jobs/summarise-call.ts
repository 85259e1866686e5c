import { reportOn } from './call-report.ts';
import { defineJob } from './define-job.ts';

/** Writes the report that people read into the call's record. */
export const summariseCall = defineJob({
  name: 'summarise-call',
  async run({ callId }, { store }) {
    const record = await store.get(callId);
    if (!record?.summary) throw new Error(`The call ${callId} has no summary to report on.`);
    await store.saveReport(callId, reportOn(record.summary));
  },
});
