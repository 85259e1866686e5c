import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CallSummary, LogEntry } from '../../runtime/journal.ts';
import { CallReader } from '../../src/storage/call-reader.ts';
import { openDatabase } from '../../src/storage/open.ts';
import { bookingsOf } from '../harness/booking-flow.ts';
import { freePort } from '../harness/free-port.ts';
import { startPostgres } from '../harness/private-postgres.ts';
import { WebhookBalancer } from '../harness/webhook-balancer.ts';
import type { MovingCallerMethods } from './moving-callers-process.ts';
import type { NodeMethods } from './node-process.ts';
import { Peer } from './peer.ts';
import { CALLER_CORE, loadNote, SERVER_CORE } from './stage.ts';

export interface BenchNode {
  url: string;
  process: Peer<NodeMethods>;
}

/** What the records say of calls that have moved. */
export interface Afterwards {
  /** Calls without a record that is closed. */
  lost: number;
  /** Calls that knew something before the move and did not know it at their end. */
  factsLost: number;
  /** Tables that were booked more than once. */
  doubled: number;
  booked: number;
}

export interface TwoNodes {
  /** Where webhooks go to either. */
  balancer: WebhookBalancer;
  first: BenchNode;
  second: BenchNode;
  callers: Peer<MovingCallerMethods>;
  afterwards(callSids: readonly string[]): Promise<Afterwards>;
}

/** Long answers and a slow tool, so that a move meets calls in every state. */
const PACE = { letterMs: 60, toolMs: 1_500, recognitionMs: 100, firstWordMs: 150, firstAudioMs: 100 };

/** Runs `play` with callers before two fresh nodes that share a PostgreSQL, and ends them all. */
export async function withTwoNodes<T>(play: (nodes: TwoNodes) => Promise<T>): Promise<T> {
  const postgres = await startPostgres();
  const folder = mkdtempSync(join(tmpdir(), 'aybiza-two-nodes-'));
  const bookings = join(folder, 'bookings');
  writeFileSync(bookings, '');
  const callers = new Peer<MovingCallerMethods>('moving-callers-process', CALLER_CORE);
  const processes: Peer<NodeMethods>[] = [];
  const balancer = await WebhookBalancer.start();
  try {
    const start = async (name: string): Promise<BenchNode> => {
      const process = new Peer<NodeMethods>('node-process', SERVER_CORE);
      processes.push(process);
      const port = String(await freePort());
      const env = { PORT: port, PUBLIC_URL: balancer.url, NODE_URL: `http://127.0.0.1:${port}` };
      const { url } = await process.ask('start', {
        ...{ name, env, bookings, databaseUrl: postgres.url, dataDir: folder },
        ...PACE,
      });
      return { url, process };
    };
    const [first, second] = await Promise.all([start('first'), start('second')]);
    balancer.nodes = [first.url, second.url];
    return await play({
      balancer,
      first,
      second,
      callers,
      afterwards: callSids => lookAfterwards(postgres.url, bookings, callSids),
    });
  } finally {
    await Promise.all([callers.end(), ...processes.map(process => process.end())]);
    await balancer.close();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Counts what `work` costs the node that takes calls on and the callers: on a busy machine times are not ours. */
export async function withLoad<T>(
  { second, callers }: TwoNodes,
  work: () => Promise<T>,
): Promise<{ result: T; load: string }> {
  await Promise.all([second.process.ask('measure', null), callers.ask('measure', null)]);
  const result = await work();
  const [ours, theirs] = await Promise.all([
    second.process.ask('measured', null),
    callers.ask('measured', null),
  ]);
  return { result, load: `node ${loadNote({ load: ours })}; callers ${loadNote({ load: theirs })}` };
}

async function lookAfterwards(
  databaseUrl: string,
  bookings: string,
  callSids: readonly string[],
): Promise<Afterwards> {
  const log = { info() {}, warn() {}, error() {} };
  const database = await openDatabase({ databaseUrl, dataDir: '', log }, () => {});
  try {
    const reader = new CallReader(database);
    const found = { lost: 0, factsLost: 0, doubled: 0, booked: 0 };
    for (const callSid of callSids) {
      const call = await reader.find(callSid);
      if (!call?.summary) {
        found.lost++;
        continue;
      }
      const runs = bookingsOf(bookings, call.callId);
      if (runs > 0) found.booked++;
      if (runs > 1) found.doubled++;
      if (forgets(call.summary, await reader.events(call.callId))) found.factsLost++;
    }
    return found;
  } finally {
    await database.close();
  }
}

/** Whether the flow was told of a table before the move, and the call ended without it. */
function forgets({ facts, outcome }: CallSummary, entries: readonly LogEntry[]): boolean {
  const move = entries.findIndex(entry => entry.kind === 'note' && entry.note.type === 'call.moved');
  const knew = entries
    .slice(0, move)
    .some(
      entry =>
        entry.kind === 'event' &&
        entry.event.type === 'tools.finished' &&
        entry.event.results.some(({ result }) => result !== null),
    );
  // Of a call that was broken off, the record has what the log alone tells.
  return knew && outcome === 'completed' && facts.table !== 'window';
}
