import { expect, test } from 'vitest';
import { createActor } from 'xstate';
import { countWays, expectedPhrases, spokenWays } from '../../machines/expected-phrases.ts';
import { flow } from '../../machines/flow.ts';
import { requiredSlots, viewFlow } from '../../machines/flow-view.ts';

const booking = flow.createMachine({
  id: 'booking',
  description: 'Books a table.',
  context: { facts: { name: 'Ann', day: 'mon' } },
  meta: {
    languages: ['en', 'es'],
    facts: {
      day: {
        type: 'oneOf',
        description: 'The day.',
        values: { mon: { en: ['monday'], es: ['lunes'] }, tue: { en: ['tuesday', 'tues'], es: ['martes'] } },
      },
      seats: { type: 'digits', description: 'How many.' },
      name: { type: 'text', description: 'Who comes.' },
    },
  },
  initial: 'asking',
  states: {
    asking: {
      meta: { say: { en: '{name}, is {day} right?', es: '{name}, ¿el {day}?' }, collects: ['day'] },
      on: {
        'caller.saysDay': {
          actions: 'noteFacts',
          description: 'A day.',
          meta: { phrases: { en: ['{day}', 'on {day} for {seats}'], es: ['el {day}'] } },
        },
        'caller.saysName': {
          actions: 'noteFacts',
          description: 'A name.',
          meta: { phrases: { en: ['my name is {name}'], es: ['me llamo {name}'] } },
        },
        'caller.agrees': { actions: 'sayAgain', description: 'Yes.', meta: { phrases: ['@yes', 'fine'] } },
      },
    },
  },
});

const view = (language: string) => viewFlow(createActor(booking).getSnapshot(), language);

test('a recogniser is told every value of a fact, leaves digits open, and is not told of any words', () => {
  const phrases = expectedPhrases(view('en-US'));
  expect(phrases).toEqual(
    expect.arrayContaining(['monday', 'tuesday', 'tues', 'on tues for {seats}', 'yes', 'fine']),
  );
  expect(phrases.filter(phrase => phrase.includes('name'))).toEqual([]);
});

test('a line, its facts and its phrases come in the language of the call, or in the first of the flow', () => {
  expect(view('es-MX').say).toBe('Ann, ¿el lunes?');
  expect(view('en-GB').say).toBe('Ann, is monday right?');
  expect(view('fr-FR').say).toBe('Ann, is monday right?');
  expect(expectedPhrases(view('es'))).toEqual(expect.arrayContaining(['el martes', 'lunes', 'sí', 'fine']));
});

test('each way to say a phrase tells the facts of its values', () => {
  const [choice] = view('en').choices;
  expect(spokenWays(choice!)).toContainEqual({ text: 'tues', facts: { day: 'tue' } });
  expect(countWays('on {day} for {seats}', choice!.slots)).toEqual({ ways: 3, most: 400 });
});

test('a slot that not every phrase has may be left out', () => {
  expect(requiredSlots(view('en').choices[0]!)).toEqual(['day']);
});

test('a state says what is to be found out there', () => {
  expect(view('en').collects).toEqual({ day: 'The day.' });
});
