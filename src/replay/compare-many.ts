import type { AnyStateMachine } from 'xstate';
import type { CallFlows } from './call-flows.ts';
import { compareCall } from './compare.ts';
import type { RecordedCall } from './recorded-call.ts';
import { storyOf } from './story.ts';
import { type ReplaySummary, Summary } from './summary.ts';

export interface ManyOptions {
  flows: CallFlows;
  edited: AnyStateMachine;
  /** Told after each call. */
  onProgress?(calls: number): void;
}

/** Takes many callers through an edited flow. One call that cannot be compared is counted with its reason. */
export async function compareMany(
  calls: AsyncIterable<RecordedCall | { missing: string }>,
  { flows, edited, onProgress = () => {} }: ManyOptions,
): Promise<ReplaySummary> {
  const summary = new Summary();
  let done = 0;
  for await (const call of calls) {
    if ('missing' in call) summary.skip(call.missing, 'there is no such call');
    else await compareInto(summary, call, flows, edited);
    onProgress(++done);
  }
  return summary.result();
}

async function compareInto(
  summary: Summary,
  call: RecordedCall,
  flows: CallFlows,
  edited: AnyStateMachine,
): Promise<void> {
  const { callId, flow, flowVersion } = call.start;
  if (call.outcome === null) return summary.skip(callId, 'the call still runs');
  if (call.entries.length === 0) return summary.skip(callId, 'its event log is not there');
  try {
    const followed = await flows.of(call.start);
    if (followed.is === 'changed')
      return summary.skip(callId, `version ${flowVersion} of ${flow} is not kept: name its chart with --was`);
    summary.add(compareCall(storyOf(call, followed.machine), edited));
  } catch (error) {
    summary.skip(callId, error instanceof Error ? error.message : String(error));
  }
}
