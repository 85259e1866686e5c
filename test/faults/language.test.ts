import { expect, it } from 'vitest';
import { callLines } from '../../machines/lines.ts';
import { type CallStory, runCall } from './caller.ts';
import { languageTargets, type Moment, strike, type Target } from './cells.ts';
import { problemsOf, tableOf, tryAll } from './matrix.ts';
import { openWorld } from './world.ts';

/** From the caller’s last sound to any of the agent’s. */
const WAIT_LIMIT_MS = 4_000;
/** The longest silence that is set, 3 s, and what a busy machine adds to it. */
const SILENCE_LIMIT_MS = 3_400;
const TEST_LIMIT_MS = 240_000;

const { fillers } = callLines('en-US');
/** What the scripted model answers to a caller who confirms the number. */
const ANSWER = 'Very good, we have that settled then. Now I will see what I can find.';

it(
  'Whatever a model’s provider does, at whatever moment: the caller hears something within 4 s, no silence of more than 3 s within a reply, nothing twice, one tool runs once, and no key is ever written down',
  async () => {
    const verdicts = await tryAll(languageTargets, WAIT_LIMIT_MS, SILENCE_LIMIT_MS);
    process.stdout.write(`${tableOf(verdicts)}\n`);
    expect(problemsOf(verdicts)).toEqual([]);
  },
  TEST_LIMIT_MS,
);

async function stalled(target: Target, moment: Moment): Promise<CallStory> {
  const world = await openWorld(target.options);
  const story = await runCall(world, strike(world, { target, kind: 'stallAfter', moment }));
  await world.close();
  return story;
}

/** Of every turn: the sentences, in order, that were said. */
function sentencesOf({ entries }: CallStory): string[][] {
  const turns = new Map<number, string[]>();
  for (const entry of entries)
    if (entry.kind === 'note' && entry.note.type === 'reply.sentence') {
      const { turn, index, text } = entry.note;
      const sentences = turns.get(turn) ?? [];
      sentences[index] = text;
      turns.set(turn, sentences);
    }
  return [...turns.values()];
}

it(
  'When a model stalls in mid-reply, another, or the same where there is no other, goes on with the very sentence',
  async () => {
    const stories = await Promise.all(languageTargets.map(target => stalled(target, 'during')));
    const spoken = stories.map(story =>
      sentencesOf(story).map(turn => turn.filter(text => !fillers.includes(text)).join(' ')),
    );
    for (const turns of spoken) expect(turns.filter(text => text.startsWith(ANSWER))).toHaveLength(1);
  },
  TEST_LIMIT_MS,
);

it(
  'When every model stalls in mid-reply, always, a filler breaks the silence, never the same one twice in a row',
  async () => {
    const stories = await Promise.all(languageTargets.map(target => stalled(target, 'for good')));
    for (const story of stories) {
      expect(story.summary?.outcome).toBe('completed');
      expect(story.longestGapMs).toBeLessThanOrEqual(SILENCE_LIMIT_MS);
      for (const sentences of sentencesOf(story))
        expect(sentences.filter((text, at) => fillers.includes(text) && text === sentences[at + 1])).toEqual(
          [],
        );
    }
    const saysFiller = (story: CallStory) =>
      sentencesOf(story)
        .flat()
        .some(text => fillers.includes(text));
    expect(stories.map(saysFiller)).toEqual(languageTargets.map(() => true));
  },
  TEST_LIMIT_MS,
);
