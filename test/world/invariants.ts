import type { SimulatedClock } from '../../runtime/clock.ts';
import type { LogEntry } from '../../runtime/journal.ts';
import type { CallWatch, HeardUtterance } from './call-watch.ts';
import type { WorldNode } from './node.ts';
import type { CallRow, Records } from './records.ts';
import type { Tally } from './tally.ts';

interface Summary {
  outcome: string;
  endedAt: number;
  turns: { caller: { text: string } | null }[];
  unanswered: string[];
  supervision?: { said: { text: string }[] };
}

/** What must be true of every call once it is over. */
export function checkCall(watch: CallWatch, records: Records, tally: Tally): void {
  const rows = (records.bySid.get(watch.callSid) ?? []).map(callId => records.calls.get(callId) as CallRow);
  if (rows.length > 1) watch.violation('oneRecord', `it has ${rows.length} records`);
  if (rows.length === 0) {
    tally.ended(watch.hasBegun ? 'no record' : 'never began', watch.strikes);
    checkWords(watch, null, [], []);
  }
  for (const row of rows) {
    if (row.status !== 'ended') {
      watch.violation('stuck', `its record is still open, of ${row.node}`);
      continue;
    }
    const summary = row.summary as unknown as Summary;
    tally.ended(summary.outcome, watch.strikes);
    const closings = records.closings.get(row.call_id) ?? 0;
    if (closings !== 1) watch.violation('oneRecord', `its record was closed ${closings} times`);
    const stale = records.staleWrites.get(row.call_id) ?? 0;
    if (stale > 0) watch.violation('oneOwner', `${stale} writes of whoever had it earlier took effect`);
    checkJobs(watch, row, records);
    const entries = [...(records.events.get(row.call_id)?.values() ?? [])] as unknown as LogEntry[];
    checkLog(watch, entries);
    const told = [
      ...summary.turns.map(({ caller }) => caller?.text ?? ''),
      ...summary.unanswered,
      ...(summary.supervision?.said ?? []).map(({ text }) => text),
    ];
    checkWords(watch, row.call_id, told, entries);
  }
}

function checkJobs(watch: CallWatch, row: CallRow, records: Records): void {
  for (const job of ['summarise', 'bill'])
    if (!records.outbox.has(`${row.call_id} ${job}`))
      watch.violation('oneRecord', `its job ${job} is not owed`);
}

function checkLog(watch: CallWatch, entries: readonly LogEntry[]): void {
  const numbers = entries.map(({ seq }) => seq).sort((one, other) => one - other);
  const gap = numbers.findIndex((seq, at) => seq !== at + 1);
  if (gap >= 0) watch.violation('noHoleInLog', `entry ${gap + 1} is missing before ${numbers[gap]}`);
}

/**
 * Every utterance that is in the log is in the record too, answered, merged or unanswered (`told`); what is not has died with its
 * owner. `callId`: null for a call that has no record at all.
 */
export function checkWords(
  watch: CallWatch,
  callId: string | null,
  told: readonly string[],
  entries: readonly LogEntry[],
): void {
  const kept = new Map(entries.map(entry => [entry.seq, entry]));
  const places = [...told];
  const heard = watch.utterances.filter(utterance => callId === null || utterance.callId === callId);
  // An owner that came later counts on from what had been written down: an entry is that of the latest who heard it.
  const keptFor = new Map<number, HeardUtterance>();
  for (const utterance of heard) {
    const { seq, text, arrival } = utterance;
    const entry = kept.get(seq);
    if (entry?.kind !== 'event' || entry.event.type !== 'caller.finished' || entry.event.text !== text)
      continue;
    if (arrival >= (keptFor.get(seq)?.arrival ?? 0)) keptFor.set(seq, utterance);
  }
  for (const utterance of heard) {
    const { seq, text, owner } = utterance;
    if (keptFor.get(seq) !== utterance) {
      if (watch.mayLoseWords(owner)) watch.count('words lost with their owner');
      else watch.violation('noWordLost', `“${text}”, heard by ${owner}, is not in the log`);
      continue;
    }
    const at = places.findIndex(place => place.includes(text));
    if (at < 0) watch.violation('noWordLost', `“${text}” is in the log and not in the record`);
    else places[at] = (places[at] as string).replace(text, '');
  }
}

/** What must be true of the machines once every call is over and every node has been closed. */
export function checkMachines(
  nodes: readonly WorldNode[],
  clock: SimulatedClock,
  stuck: (what: string) => void,
): void {
  for (const node of nodes) if (node.process) stuck(`${node.name} does not close`);
  if (clock.pending > 0) stuck(`${clock.pending} timers are left`);
}
