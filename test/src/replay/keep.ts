import { randomUUID } from 'node:crypto';
import type { Journal } from '../../../runtime/journal.ts';
import type { RecordedCall } from '../../../src/replay/recorded-call.ts';
import { SimCall, type SimOptions } from '../../harness/sim-call.ts';
import { recordingOf } from './recorded.ts';

export interface KeptStart {
  flow: string;
  flowVersion: string;
  /** Milliseconds since the Unix epoch. */
  startedAt: number;
}

/** Lives a simulated call and keeps it in a store as a server does, under ids of its own. Returns it as it is kept. */
export async function keepCall(
  journal: Journal,
  sayings: readonly string[],
  start: KeptStart,
  options: SimOptions = {},
): Promise<RecordedCall> {
  const sim = new SimCall(options);
  await sim.untilListening();
  for (const words of sayings) if (!sim.hasEnded) await sim.converse(words);
  if (!sim.hasEnded) sim.carrier.hangUp();
  const summary = await sim.over();
  const callSid = `CA${randomUUID().replaceAll('-', '')}`;
  const identity = { ...sim.call.start, ...start, callId: randomUUID(), callSid };
  const { entries, outcome } = recordingOf(sim);
  await journal.begin(identity);
  await journal.append(identity.callId, entries);
  await journal.finish({
    ...summary,
    ...identity,
    endedAt: start.startedAt + (entries.at(-1)?.atMs ?? 0),
  });
  return { start: identity, outcome, entries };
}
