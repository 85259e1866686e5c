import { expect, it } from 'vitest';
import type { Call } from '../../runtime/call.ts';
import { CallLog } from '../../runtime/call-log.ts';
import { SimulatedClock } from '../../runtime/clock.ts';
import type { LogEntry } from '../../runtime/journal.ts';
import { CallWatch } from './call-watch.ts';
import { checkWords } from './invariants.ts';
import { Tally } from './tally.ts';

/** A call that each owner heard the same word of, at the same place of its log. */
function heardBy(...owners: string[]) {
  const clock = new SimulatedClock();
  const found: string[] = [];
  const watch = new CallWatch('CA0', {
    clock,
    longestSilenceMs: 3_000,
    troubleUntilMs: () => 0,
    violated: ({ rule, what }) => found.push(`${rule}: ${what}`),
    story: null,
    tally: new Tally(),
  });
  let entries: LogEntry[] = [];
  for (const owner of owners) {
    const log = new CallLog(clock);
    watch.follow({ start: { callId: 'call-0' }, log, line: {} } as unknown as Call, owner);
    log.event({ type: 'caller.finished', utterance: 1, text: 'yes', confidence: 0.9, by: 'voice' });
    entries = log.takePending();
  }
  return { watch, check: () => checkWords(watch, 'call-0', ['yes'], entries), found };
}

it('takes a word that two owners heard at the same place for the latest one’s: the other was lost with its owner', () => {
  const { watch, check, found } = heardBy('node-1', 'node-2');
  watch.mayLose('node-1');
  check();
  expect(found).toEqual([]);
});

it('finds the word of an owner that may lose none, where another’s stands in its place', () => {
  const { check, found } = heardBy('node-1', 'node-2');
  check();
  expect(found).toEqual(['noWordLost: “yes”, heard by node-1, is not in the log']);
});

it('finds a word of a call that has no record, unless its owner died before it could write', () => {
  const { watch, found } = heardBy('node-1');
  checkWords(watch, null, [], []);
  expect(found).toEqual(['noWordLost: “yes”, heard by node-1, is not in the log']);
  watch.mayLose('node-1');
  checkWords(watch, null, [], []);
  expect(found).toHaveLength(1);
});
