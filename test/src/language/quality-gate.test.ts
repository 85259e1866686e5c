import { expect, test } from 'vitest';
import { SimulatedClock } from '../../../runtime/clock.ts';
import type { AudioMeasure } from '../../../runtime/media/audio-quality.ts';
import type { Message, ModelEvent, ModelRequest } from '../../../runtime/ports.ts';
import { audioQualityOf, flowHearing, hearingOf } from '../../../src/language/audio-quality.ts';
import { Breakers } from '../../../src/language/breakers.ts';
import { FirstTokenTimes } from '../../../src/language/first-token-times.ts';
import { openLanguage } from '../../../src/language/open.ts';
import { openNavigator } from '../../../src/providers/embedded/navigator/navigator.ts';
import { modelRequest, viewOf } from './requests.ts';
import { ScriptedChat, says, stop } from './scripted-chat.ts';

function language() {
  const clock = new SimulatedClock();
  const chat = new ScriptedChat('openrouter', clock, [says('It is on its way.'), stop]);
  const model = openLanguage({
    config: {
      agentType: 'customerService',
      industry: 'general',
      companyName: 'Acme',
      modelPriority: 'latency',
      preferredModels: [],
      allowedAreas: null,
    },
    clock,
    random: () => 0,
    providers: [{ chat, regions: null }],
    health: new Breakers(clock),
    times: new FirstTokenTimes(),
    configured: [],
    tools: [],
    navigator: openNavigator({ clock, firstWordDelayMs: 0, wordDelayMs: 0 }),
  });
  return { model, chat };
}

async function answer(over: Partial<ModelRequest>) {
  const { model, chat } = language();
  const events: ModelEvent[] = [];
  for await (const event of model.reply(modelRequest(over), new AbortController().signal)) events.push(event);
  const textOf = (type: 'text' | 'explained') =>
    events.flatMap(event => (event.type === type ? [event.text] : [])).join('');
  return { asked: chat.requests.length, words: textOf('text'), why: textOf('explained'), end: events.at(-1) };
}

const heard = (...confidences: number[]): Message[] =>
  confidences.flatMap(confidence => [
    { role: 'caller', text: 'where is my parcel', confidence },
    { role: 'agent', text: 'Pardon?' },
  ]);

test('who is heard too badly is asked to repeat, and no model is asked', async () => {
  const { asked, words, why, end } = await answer({ confidence: 0.3, history: heard(0.5, 0.4) });
  expect(asked).toBe(0);
  expect(words).toBe(`Sorry, I didn't catch that. ${viewOf('takingNumber.asking').ask}`);
  expect(why).toBe(
    'The caller is asked to repeat and no model is asked, because the line is bad (confidence 0.40 over 3 turns).',
  );
  expect(end).toEqual({ type: 'end', reason: 'notUnderstood' });
});

test.each<[string, Partial<ModelRequest>]>([
  ['one mumbled word over a good line', { confidence: 0.3, history: heard(0.95, 0.9) }],
  ['clear words after bad ones', { confidence: 0.9, history: heard(0.2, 0.2) }],
  ['a medium line', { confidence: 0.55, history: heard(0.6) }],
  ['keys over a bad line', { by: 'keypad', confidence: 1, history: heard(0.2, 0.2) }],
  ['what was written', { by: 'text', confidence: 0.1 }],
  ['the same words after tools', { confidence: 0.3, step: 1 }],
  ['a caller who has repeated it twice', { confidence: 0.3, misunderstood: 2 }],
])('%s is answered by a model', async (_, over) => {
  const { asked, words } = await answer(over);
  expect(asked).toBe(1);
  expect(words).toContain('on its way');
});

test('the quality is that of the last three turns by voice, and unknown before any', () => {
  const quality = (over: Partial<ModelRequest>) => audioQualityOf(modelRequest(over))?.quality ?? null;
  expect(quality({ confidence: 0.95 })).toBe('high');
  expect(quality({ confidence: 0.7 })).toBe('medium');
  expect(quality({ confidence: 0.5 })).toBe('low');
  expect(quality({ confidence: 0.9, history: heard(0, 0.9, 0.9) })).toBe('high');
  expect(quality({ by: 'keypad', history: heard(0.3) })).toBe('low');
  expect(quality({ by: 'keypad' })).toBeNull();
  expect(quality({ said: null })).toBeNull();
});

function measure(over: Partial<AudioMeasure>): AudioMeasure {
  return {
    class: 'low',
    score: 0.15,
    voiceMs: 900,
    speechDbov: -29.6,
    noiseDbov: -34.4,
    snrDb: 4.8,
    clippedShare: 0,
    lostShare: 0,
    ...over,
  };
}
const silent = { class: 'none', voiceMs: 20, speechDbov: null, snrDb: null } as const;

test('who is heard too badly by the measure of the line is asked to repeat, although the recogniser has an idea', async () => {
  const audio = measure({ clippedShare: 0.041 });
  const { asked, words, why } = await answer({ confidence: 0.74, history: heard(0.9, 0.9), audio });
  expect(asked).toBe(0);
  expect(words).toMatch(/^Sorry, I didn't catch that\./);
  expect(why).toBe(
    'The caller is asked to repeat and no model is asked, because the line is bad (confidence 0.74; voice -30 dBov, 5 dB above the noise, 4 % clipped).',
  );
});

test('words where no voice was measured are waited out on a quiet line, and asked for again on a loud one', async () => {
  const quiet = await answer({ confidence: 0.4, audio: measure({ ...silent, noiseDbov: -63 }) });
  expect(quiet).toMatchObject({ asked: 0, words: '', end: { type: 'end', reason: 'waitForMore' } });
  expect(quiet.why).toBe(
    'The caller is waited for and no model is asked, because no voice was measured (confidence 0.40; 20 ms of voice, noise -63 dBov).',
  );
  const loud = await answer({ confidence: 0.4, audio: measure({ ...silent, noiseDbov: -30 }) });
  expect(loud).toMatchObject({ asked: 0, end: { type: 'end', reason: 'notUnderstood' } });
});

test.each<[string, Partial<ModelRequest>]>([
  ['a recogniser that is sure, over a bad line', { confidence: 0.93, audio: measure({}) }],
  ['one that is, where no voice was measured', { confidence: 0.93, audio: measure(silent) }],
  ['a line that is well enough', { confidence: 0.74, audio: measure({ class: 'medium', score: 0.5 }) }],
  [
    'a caller who has repeated it twice over a bad line',
    { confidence: 0.74, misunderstood: 2, audio: measure({}) },
  ],
  [
    'one mumbled word over a line measured good',
    { confidence: 0.3, history: heard(0.95, 0.9), audio: measure({ class: 'high', score: 1 }) },
  ],
])('%s is answered by a model', async (_, over) => {
  expect((await answer(over)).asked).toBe(1);
});

test('the quality is the worse of what the recogniser tells and what was measured', () => {
  const quality = (confidence: number, of: AudioMeasure['class']) =>
    audioQualityOf(modelRequest({ confidence, audio: measure({ class: of }) }))?.quality;
  expect(quality(0.95, 'low')).toBe('low');
  expect(quality(0.95, 'high')).toBe('high');
  expect(quality(0.7, 'high')).toBe('medium');
  expect(quality(0.95, 'none')).toBe('high');
});

test('a flow without a model asks again over a medium line too, where the recogniser is in doubt', () => {
  const hearings = (confidence: number, over: Partial<AudioMeasure>) => {
    const request = modelRequest({ said: 'goodbye', confidence, audio: measure(over) });
    return [flowHearing(request).as, hearingOf({ ...request, history: heard(0.9, 0.9) }).as];
  };
  const medium = { class: 'medium', score: 0.48, snrDb: 11.5 } as const;
  expect(hearings(0.47, medium)).toEqual(['tooBad', 'heard']);
  expect(hearings(0.74, medium)).toEqual(['heard', 'heard']);
  // What it is to make of little confidence on a good line it knows: names are seldom heard with more.
  expect(hearings(0.47, { class: 'high', score: 1 })).toEqual(['heard', 'heard']);
  expect(hearings(0.74, {})).toEqual(['tooBad', 'tooBad']);
});
