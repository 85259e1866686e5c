import { expect, test } from 'vitest';
import { SimulatedClock } from '../../../runtime/clock.ts';
import type { Message, ModelEvent, ModelRequest } from '../../../runtime/ports.ts';
import { audioQualityOf } from '../../../src/language/audio-quality.ts';
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
