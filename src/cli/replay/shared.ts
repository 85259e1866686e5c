import { type Flow, loadFlow } from '../../flows/flows.ts';
import { CallFlows } from '../../replay/call-flows.ts';
import type { CallSource } from '../../replay/call-source.ts';
import type { RecordedCall } from '../../replay/recorded-call.ts';

export interface SharedOptions {
  source: CallSource;
  flowsDir: string;
  /** The chart that the calls followed, by name or path; null to find it. */
  was: string | null;
  json: boolean;
  /** For what is not the result. */
  tell(message: string): void;
}

/** Throws when there is no such call. */
export async function findCall(source: CallSource, id: string): Promise<RecordedCall> {
  const call = await source.find(id);
  if (!call)
    throw new Error(`There is no call ${id} in ${source.place}. GET /api/calls of the server lists them.`);
  if (call.entries.length === 0) throw new Error(`The event log of the call ${id} is not there (any more).`);
  return call;
}

export async function callFlows({ source, flowsDir, was }: SharedOptions): Promise<CallFlows> {
  const named: Flow | null = was === null ? null : await loadFlow(was, flowsDir);
  return new CallFlows({
    load: name => loadFlow(name, flowsDir),
    flowOfVersion: source.flowOfVersion,
    named,
  });
}
