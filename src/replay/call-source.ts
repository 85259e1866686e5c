import type { FlowOfVersion } from './call-flows.ts';
import type { RecordedCall } from './recorded-call.ts';

export interface RecentCalls {
  /** Milliseconds since the Unix epoch. */
  since: number;
  /** Name of the flow that the calls followed; null for all. */
  flow: string | null;
}

/** Where recorded calls are read from: the records themselves, or a server that has them. */
export interface CallSource {
  /** For people: which records these are. */
  readonly place: string;
  /** By our own id or by the carrier's SID. */
  find(id: string): Promise<RecordedCall | null>;
  /** Newest first. */
  recent(query: RecentCalls): AsyncIterable<RecordedCall>;
  readonly flowOfVersion: FlowOfVersion;
  close(): Promise<void>;
}
