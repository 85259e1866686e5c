import type { Row } from '../../src/storage/database.ts';

export interface CallRow {
  call_id: string;
  call_sid: string;
  node: string;
  process: { opening: string };
  status: 'live' | 'ended';
  started_at: Date;
  ended_at: Date | null;
  heartbeat_at: number;
  epoch: number;
  released: boolean;
  outcome: string | null;
  start: Row;
  summary: Row | null;
  report: Row | null;
}

export interface ToolRun {
  id: string;
  name: string;
  input: string;
  began: number;
  result: Row | null;
}

export interface NodeRow {
  node: string;
  opening: string;
  url: string;
  region: string;
  calls: number;
  draining: boolean;
  heartbeat_at: number;
}

/** What may be wrong with a world itself, to prove that this is noticed. */
export const flaws = [
  /** A write of whoever had the call earlier counts. */
  'epochsIgnored',
  /** Runs of tools are not found again. */
  'ledgerForgets',
  /** Some entries are acknowledged and not kept. */
  'entriesVanish',
  /** Whoever takes a call over is given the snapshot and nothing that came after it. */
  'tailLost',
  /** A record is closed again by whoever wants to. */
  'recordsReopen',
  /** Nobody is told of calls that nobody runs. */
  'orphansHidden',
  /** A call that moves leaves behind what the agent was about to say. */
  'voiceDropped',
  /** The agent is allowed more silence than it should be. */
  'agentDawdles',
] as const;
export type Flaw = (typeof flaws)[number];

/** Everything that the nodes of a world share: the tables of src/storage/migrations. */
export class Records {
  readonly calls = new Map<string, CallRow>();
  readonly bySid = new Map<string, string[]>();
  readonly events = new Map<string, Map<number, Row>>();
  readonly snapshots = new Map<string, { seq: number; frozen: unknown }>();
  readonly toolRuns = new Map<string, ToolRun[]>();
  readonly nodes = new Map<string, NodeRow>();
  /** By call and job. */
  readonly outbox = new Set<string>();
  /** Live ones, so that nobody has to look through all. */
  readonly live = new Set<string>();
  /** How often each call's record was closed. */
  readonly closings = new Map<string, number>();
  /** How often a write of whoever had the call earlier took effect. */
  readonly staleWrites = new Map<string, number>();
  readonly flaws: ReadonlySet<Flaw>;

  constructor(flaws: ReadonlySet<Flaw> = new Set()) {
    this.flaws = flaws;
  }

  logOf(callId: string): Map<number, Row> {
    const log = this.events.get(callId) ?? new Map<number, Row>();
    this.events.set(callId, log);
    return log;
  }

  /** The row, if it is live and has the epoch. */
  owned(callId: string, epoch: number | null): CallRow | undefined {
    const row = this.calls.get(callId);
    if (row?.status !== 'live') return undefined;
    if (row.epoch === epoch) return row;
    if (!this.flaws.has('epochsIgnored') || epoch === null) return undefined;
    this.staleWrites.set(callId, (this.staleWrites.get(callId) ?? 0) + 1);
    return row;
  }

  add(row: CallRow): void {
    this.calls.set(row.call_id, row);
    this.bySid.set(row.call_sid, [...(this.bySid.get(row.call_sid) ?? []), row.call_id]);
    if (row.status === 'live') this.live.add(row.call_id);
  }

  /** The latest call with the carrier's id, or the one with ours. */
  find(id: string): CallRow | undefined {
    const latest = this.bySid.get(id)?.at(-1);
    return this.calls.get(latest ?? id);
  }
}
