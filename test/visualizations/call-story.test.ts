import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CallRecord } from '../../runtime/call-record.ts';
import type { LogEntry } from '../../runtime/journal.ts';
import { heardPieces } from '../../visualizations/console/src/call/heard.ts';
import { storyOf, type TurnStory } from '../../visualizations/console/src/call/story.ts';
import { delays, eventful, live, tapes } from '../harness/random-calls.ts';

const turnsOf = (entries: readonly LogEntry[], count?: number) =>
  storyOf(entries, count).items.filter((item): item is TurnStory => item.is === 'turn');

/** What the page tells of a turn, as the record would. */
function told(turn: TurnStory) {
  return {
    ...{ turn: turn.turn, purpose: turn.purpose, atMs: turn.atMs },
    caller: turn.caller?.text ?? null,
    generated: turn.sentences.map(({ text }) => text).join(' '),
    heard: turn.heard?.text ?? '',
    interrupted: turn.heard?.interrupted ?? false,
    choices: turn.choices.map(({ choice }) => choice),
    tools: turn.tools.flatMap(({ id, name, done }) =>
      done ? [{ id, name, result: done.result, error: done.error }] : [],
    ),
    explanations: turn.explanations,
    endpointMs: turn.times.endpointMs,
    overheadMs: turn.times.overheadMs,
  };
}

function recorded(entries: readonly LogEntry[]) {
  return CallRecord.of(entries)
    .turns()
    .map(({ turn, purpose, atMs, caller, agent, choices, tools, explanations, stages }) => ({
      ...{ turn, purpose, atMs },
      caller: caller?.text ?? null,
      ...agent,
      ...{ choices, tools, explanations },
      ...{ endpointMs: stages.endpointMs, overheadMs: stages.overheadMs },
    }));
}

it('the page tells of every call what its record tells, at any moment of it', {
  timeout: 60_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(tapes, delays, fc.double({ min: 0, max: 1, noNaN: true }), async (tape, pace, share) => {
      const { entries } = await live(tape, pace);
      const count = Math.round(entries.length * share);
      for (const upTo of [count, entries.length]) {
        const record = recorded(entries.slice(0, upTo));
        const known = new Set(record.map(({ turn }) => turn));
        // A reply that failed leaves no trace in the record; the page says that it did.
        const shown = turnsOf(entries, upTo).filter(
          ({ turn, failures }) => known.has(turn) || failures.length === 0,
        );
        expect(shown.map(told).sort((a, b) => a.turn - b.turn)).toEqual(record);
      }
    }),
    { numRuns: 25, examples: [[eventful, { model: 200, voice: 150 }, 0.6]] },
  );
});

it('what was heard and what was not make up what was said, and no word is lost between them', async () => {
  const { entries } = await live(eventful, { model: 200, voice: 150 });
  const turns = turnsOf(entries).filter(({ heard }) => heard !== null);
  expect(turns.some(turn => turn.heard?.interrupted && turn.heard.text !== '')).toBe(true);
  for (const turn of turns) {
    const pieces = heardPieces(turn)!;
    expect(pieces.map(({ text }) => text).join(' ')).toBe(turn.sentences.map(({ text }) => text).join(' '));
    const heard = pieces.filter(({ wasHeard }) => wasHeard);
    expect(heard.map(({ text }) => text).join(' ')).toBe(turn.heard?.text);
  }
});

it('a voice that read the words otherwise has what was heard shown apart from what was generated', () => {
  const sentences = [{ text: 'It costs $5.', isFiller: false }];
  expect(heardPieces({ sentences, heard: { text: 'It costs five dollars' } })).toBeNull();
  expect(heardPieces({ sentences, heard: null })).toEqual([
    { text: 'It costs $5.', isFiller: false, wasHeard: null },
  ]);
});
