import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { callLines } from '../../machines/lines.ts';
import type { ModelEvent, Tool } from '../../runtime/ports.ts';
import { says, scriptedModel, sleep } from '../harness/scripted-providers.ts';
import { SimCall, type SimOptions } from '../harness/sim-call.ts';
import { openCounter } from '../harness/test-flows.ts';

const LONGEST_MS = 3_000;
const FRAME_MS = 20;
const { fillers } = callLines('en-US');

/** A part of a reply: how long it is waited for, then words or a tool that takes so long. */
type Part = { afterMs: number; words: string } | { afterMs: number; toolMs: number };

const lookUp = (sim: () => SimCall): Tool => ({
  name: 'lookUpStock',
  description: 'How many there are.',
  timeoutMs: 30_000,
  async run(input, { signal }) {
    await sleep(sim().clock, Number(input.takesMs), signal);
    return { stock: 3 };
  },
});

/** A call whose agent greets, and answers the caller part by part. */
function answering(parts: readonly Part[], options: SimOptions = {}): SimCall {
  async function* answer(from: number, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    for (const [at, part] of parts.entries()) {
      if (at < from) continue;
      await sleep(sim.clock, part.afterMs, signal);
      if ('words' in part) {
        yield { type: 'text', text: `${part.words} ` };
        continue;
      }
      yield { type: 'toolCall', id: `tool-${at}`, name: 'lookUpStock', input: { takesMs: part.toolMs } };
      break;
    }
    yield { type: 'end', reason: 'complete' };
  }
  const toolsAt = parts.flatMap((part, at) => ('words' in part ? [] : [at]));
  const model = scriptedModel(({ said, rounds }, signal) =>
    said === null
      ? says('Hello?')
      : answer(rounds.length === 0 ? 0 : toolsAt[rounds.length - 1]! + 1, signal),
  );
  const sim: SimCall = new SimCall({
    flow: openCounter,
    tools: [lookUp(() => sim)],
    providers: { model },
    ...options,
  });
  return sim;
}

/** The longest that the caller heard nothing from the end of their turn to the end of the reply. */
async function longestSilence(sim: SimCall): Promise<number> {
  await sim.untilListening();
  sim.say('how many shelves are there.');
  let longestMs = 0;
  let silentMs = 0;
  let hasAnswered = false;
  for (let ms = 0; ms < 120_000; ms += FRAME_MS) {
    await sim.pass(FRAME_MS);
    const isAgents = /^floor\.replying\.(?!speculating)/.test(sim.state);
    hasAnswered ||= isAgents;
    if (hasAnswered && !isAgents) return longestMs;
    silentMs = isAgents && !sim.carrier.isPlaying ? silentMs + FRAME_MS : 0;
    longestMs = Math.max(longestMs, silentMs);
  }
  throw new Error('The reply never ended.');
}

const fillersSaid = (sim: SimCall) => sim.synthesis.said.filter(text => fillers.includes(text));
const heard = (sim: SimCall) => sim.call.record.turns().at(-1)?.agent.heard;

describe('the caller, waiting for a reply', () => {
  const waits: [string, Part[]][] = [
    ['its first words', [{ afterMs: 9_000, words: 'There are three.' }]],
    [
      'its next words',
      [
        { afterMs: 100, words: 'Let me see.' },
        { afterMs: 7_500, words: 'There are three.' },
        { afterMs: 7_500, words: 'Do you want one?' },
      ],
    ],
    [
      'a tool',
      [
        { afterMs: 100, words: 'Let me see.' },
        { afterMs: 0, toolMs: 14_000 },
        { afterMs: 100, words: 'There are three.' },
      ],
    ],
  ];

  it.each(waits)('for %s, is never left in silence for more than is set', async (_, parts) => {
    const sim = answering(parts, { firstAudioMs: 200 });
    const longestMs = await longestSilence(sim);
    expect(longestMs).toBeLessThanOrEqual(LONGEST_MS);
    expect(longestMs).toBeGreaterThan(LONGEST_MS - 200);
    expect(fillersSaid(sim)).toEqual(fillers.slice(0, fillersSaid(sim).length));
    expect(fillersSaid(sim).length).toBeGreaterThanOrEqual(2);
  });

  it('may be made to wait for another time', async () => {
    const options = { host: { settings: { longestSilenceMs: 1_500 } } };
    const longestMs = await longestSilence(answering(waits[0]![1], options));
    expect([longestMs <= 1_500, longestMs > 1_200]).toEqual([true, true]);
  });

  it('hears no filler while words are still being heard, however long the model has been silent', async () => {
    const long = 'We have shelves of oak, of pine and of steel, in three sizes and in five colours each.';
    const sim = answering([
      { afterMs: 100, words: long },
      { afterMs: 6_000, words: 'Which would you like?' },
    ]);
    expect(await longestSilence(sim)).toBeLessThan(1_000);
    expect(heard(sim)).toBe(`${long} Which would you like?`);
  });

  it('is never left in silence, whatever is slow and however often, and hears no filler twice in a row', async () => {
    const part = fc.oneof(
      {
        weight: 3,
        arbitrary: fc.integer({ min: 0, max: 7_000 }).map(afterMs => ({ afterMs, words: 'So.' })),
      },
      fc.integer({ min: 0, max: 12_000 }).map(toolMs => ({ afterMs: 50, toolMs })),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { maxLength: 5 }),
        fc.integer({ min: 0, max: 250 }),
        async (parts, firstAudioMs) => {
          const sim = answering([...parts, { afterMs: 500, words: 'There are three.' }], { firstAudioMs });
          expect(await longestSilence(sim)).toBeLessThanOrEqual(LONGEST_MS);
          const { said } = sim.synthesis;
          expect(said.filter((text, at) => fillers.includes(text) && text === said[at + 1])).toEqual([]);
          expect(heard(sim)?.endsWith('There are three.')).toBe(true);
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe('a filler', () => {
  const slow = () =>
    answering([
      { afterMs: 100, words: 'Let me see.' },
      { afterMs: 5_000, words: 'There are three shelves left in the shop.' },
    ]);

  it('is in the record, and not in what the model is told that it has said', async () => {
    const histories: string[][] = [];
    const sim: SimCall = new SimCall({
      flow: openCounter,
      providers: {
        model: scriptedModel(async function* ({ said, history }, signal) {
          histories.push(history.map(({ text }) => text));
          if (said !== null) yield { type: 'text', text: 'Let me see. ' };
          if (said !== null) await sleep(sim.clock, 5_000, signal);
          yield* says(said === null ? 'Hello?' : 'There are three.');
        }),
      },
    });
    await sim.untilListening();
    await sim.converse('how many.');
    expect(heard(sim)).toBe('Let me see. One moment, please. There are three.');
    await sim.converse('how many.');
    expect(histories.at(-1)).toEqual(['Hello?', 'how many', 'Let me see. There are three.']);
  });

  it('is not taken up again after a cough', async () => {
    const sim = slow();
    await sim.untilListening();
    sim.say('how many shelves are there.');
    await sim.until(() => fillersSaid(sim).length === 1, 'the filler');
    await sim.pass(400);
    sim.say('<cough> <cough>');
    await sim.until(() => sim.state.startsWith('floor.bargingIn'), 'the interruption');
    const before = sim.synthesis.said.length;
    await sim.until(() => sim.call.record.turns().at(-1)?.purpose === 'resume', 'the agent to go on');
    await sim.pass(500);
    expect(sim.synthesis.said.slice(before)).not.toContain('One moment, please.');
  });

  it('is not taken up again by the node that a call is moved to', async () => {
    const before = slow();
    await before.untilListening();
    before.say('how many shelves are there.');
    await before.until(() => fillersSaid(before).length === 1, 'the filler');
    const after = before.moved({ flow: openCounter });
    after.reconnect();
    await after.untilListening();
    expect(after.synthesis.said).not.toContain('One moment, please.');
  });

  it('is nobody’s overhead', async () => {
    const sim = answering([{ afterMs: 4_000, words: 'There are three.' }], { firstAudioMs: 100 });
    await longestSilence(sim);
    expect(sim.call.record.turns().at(-1)?.stages.overheadMs).toBeLessThan(50);
  });
});
