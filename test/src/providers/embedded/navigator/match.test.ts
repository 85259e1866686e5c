import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { choicesBy, type FlowChoice, type FlowView } from '../../../../../machines/flow-view.ts';
import { choose, LEAST_CONFIDENCE, rank } from '../../../../../src/providers/embedded/navigator/match.ts';
import { allViews } from '../../../../machines/flows/order-status-states.ts';

interface Spoken {
  view: FlowView;
  event: string;
  /** With slots filled in. */
  phrase: string;
}

const spoken: readonly Spoken[] = allViews.flatMap(view =>
  choicesBy(view.choices, 'voice').flatMap(({ event, phrases }) =>
    phrases.map(phrase => ({ view, event, phrase: phrase.replace('{orderNumber}', 'four seven one one') })),
  ),
);

const anySpoken = fc.nat(spoken.length - 1);
const anyView = fc.constantFrom(...allViews);
const anyFiller = fc.constantFrom('um', 'uh', 'well', 'please', 'thanks', 'thank you', 'okay', 'so', 'just');

function chosen(said: string, view: FlowView, by: 'voice' | 'keypad' | 'text' = 'voice', confidence = 1) {
  const match = choose(said, by, confidence, view.choices);
  return match.outcome === 'chosen' ? match.event : null;
}

function view(state: string): FlowView {
  const found = allViews.find(one => one.state === state);
  if (!found) throw new Error(`The flow has no state ${state}.`);
  return found;
}

describe('in every state of the order-status flow', () => {
  test('every phrase makes its own choice, and no other comes near', () => {
    for (const { view, event, phrase } of spoken) {
      const [best, next] = rank(phrase, choicesBy(view.choices, 'voice'));

      expect(chosen(phrase, view), `${view.state}: ${phrase}`).toBe(event);
      expect(best?.score).toBe(1);
      expect(next!.score, `${view.state}: ${phrase} is near ${next!.event}`).toBeLessThan(0.8);
    }
    expect(spoken.length).toBeGreaterThan(1_000);
  });

  test('fillers, put in or left out, change nothing', () => {
    fc.assert(
      fc.property(
        anySpoken,
        fc.array(fc.tuple(anyFiller, fc.nat(12)), { maxLength: 4 }),
        (index, fillers) => {
          const one = spoken[index]!;
          const words = one.phrase.split(' ');
          for (const [filler, at] of fillers) words.splice(at % (words.length + 1), 0, filler);

          expect(chosen(words.join(' '), one.view), `${one.view.state}: ${words.join(' ')}`).toBe(one.event);
          const bare = one.phrase.replace(/\b(please|thanks|thank you|okay|just)\b/g, ' ');
          expect(chosen(bare, one.view), `${one.view.state}: ${bare}`).toBe(one.event);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('leaving out any word but a refusal never makes another choice', () => {
    const others = spoken.flatMap(({ view, event, phrase }) => {
      const words = phrase.split(' ');
      const shorter = words.map((_, left) => words.filter((_, at) => at !== left).join(' '));
      // Without its "not" a sentence says the opposite, to people too.
      const fair = shorter.filter((_, left) => !/^(not|no|isn't|don't|didn't)$/.test(words[left]!));
      return fair.map(said => ({ said, event, choice: chosen(said, view) }));
    });

    expect(others.filter(({ event, choice }) => choice !== null && choice !== event)).toEqual([]);
  });

  test('choppy and jumbled speech never leads to a lookup that was not asked for', () => {
    const words = [...new Set(spoken.flatMap(({ phrase }) => phrase.split(' ')))].filter(
      word => !/^(four|seven|one)$/.test(word),
    );
    fc.assert(
      fc.property(anyView, fc.array(fc.constantFrom(...words), { maxLength: 6 }), (view, jumble) => {
        expect(['caller.saysNumber', 'caller.keysNumber']).not.toContain(chosen(jumble.join(' '), view));
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    "what's the weather like today",
    'it is going to rain on monday',
    'did you watch the game last night',
    'i had pasta for lunch',
    'my dog ate the sofa',
    'turn the music down',
    'honey can you get the door',
    'the kids are at school',
    'how old are you',
    'do you sell shoes',
    'tell me a joke',
    'who is the president',
    'i love this song',
    'it costs twenty five dollars',
    'i was born in nineteen eighty four',
    'we moved here two years ago',
    'it is thirty degrees outside',
    'my phone is almost dead',
    'that is not what i meant',
    'i am not sure about it',
    'hello',
    'the',
    'it',
    'is',
    'my',
    'to',
    'what',
    'you',
    'five',
    'and then he said',
    'mm hmm',
    '',
  ])('"%s" makes no choice', said => {
    expect(allViews.filter(view => chosen(said, view) !== null).map(view => view.state)).toEqual([]);
  });
});

describe('free wording', () => {
  test.each([
    ['takingNumber.greeting', 'yes hello i would like to talk to a person please', 'caller.wantsPerson'],
    ['takingNumber.greeting', 'can i please speak with a human', 'caller.wantsPerson'],
    ['takingNumber.greeting', 'i would like to know your opening hours', 'caller.asksOpeningHours'],
    ['takingNumber.greeting', 'what are your opening hour', 'caller.asksOpeningHours'],
    ['takingNumber.greeting', 'how long does the delivery usually take', 'caller.asksDeliveryTime'],
    ['takingNumber.greeting', 'i want to check my order 4711', 'caller.saysNumber'],
    ['takingNumber.greeting', 'oh four seven one one', 'caller.saysNumber'],
    ['takingNumber.confirming', 'yes that is right', 'caller.confirmsNumber'],
    ['takingNumber.confirming', 'yeah', 'caller.confirmsNumber'],
    ['takingNumber.confirming', 'nope', 'caller.deniesNumber'],
    ['takingNumber.confirming', "no it's not right", 'caller.deniesNumber'],
    ['takingNumber.confirming', 'no i want to talk to a person', 'caller.wantsPerson'],
    ['takingNumber.confirming', 'yes exactly', 'caller.confirmsNumber'],
    ['takingNumber.confirming', "no that's not it", 'caller.deniesNumber'],
    ['orderNotFound', 'no forget it', 'caller.declines'],
    ['answering.orderFound', 'yes another order', 'caller.asksAboutOrder'],
    ['answering.orderFound', 'no that is all', 'caller.needsNothingElse'],
  ])('in %s "%s" is %s', (state, said, event) => {
    expect(chosen(said, view(state))).toBe(event);
  });

  test.each([
    ['takingNumber.greeting', "i don't want to talk to a person"],
    ['takingNumber.confirming', 'no that is right'],
    ['takingNumber.confirming', "it isn't correct"],
    ['takingNumber.confirming', 'yes no'],
  ])('in %s "%s" is left open, for it may mean the opposite', (state, said) => {
    expect(['caller.confirmsNumber', 'caller.wantsPerson']).not.toContain(chosen(said, view(state)));
  });
});

describe('numbers', () => {
  const asking = view('takingNumber.asking');

  test.each([
    ['oh four seven one one', '4711'],
    ['oh four seven one', '0471'],
    ['my order number is double four one oh', '4410'],
    ['so the number is forty seven, um, eleven please', '4711'],
  ])('"%s" is caught as %s', (said, orderNumber) => {
    expect(choose(said, 'voice', 1, asking.choices)).toMatchObject({ facts: { orderNumber } });
  });

  test.each(['voice', 'text'] as const)('%s gives a number in words, the keypad in keys', by => {
    expect(chosen('4711', asking, by)).toBe('caller.saysNumber');
    expect(chosen('4711', asking, 'keypad')).toBe('caller.keysNumber');
    expect(chosen('4711#', asking, 'keypad')).toBe('caller.keysNumber');
  });

  test.each([
    ['my order number is', 'voice'],
    ['my order number is four seven', 'voice'],
    ["no it's", 'voice'],
    ['four seven', 'voice'],
    ['47', 'keypad'],
    ['i want to talk to', 'voice'],
    ['um', 'voice'],
    ['okay', 'voice'],
  ] as const)('"%s" by %s is not the whole of it', (said, by) => {
    expect(choose(said, by, 1, asking.choices)).toEqual({ outcome: 'incomplete' });
  });

  test.each(['four seven one one two', '4711471', 'order 47112'])('"%s" is too long to be one', said => {
    expect(choose(said, 'voice', 1, asking.choices)).toEqual({ outcome: 'unlikely' });
  });
});

test('a speech of a hundred thousand words is not worked through', () => {
  const { choices } = view('takingNumber.greeting');
  const endless = 'i want to talk to a person '.repeat(20_000);

  expect(choose(endless, 'text', 1, choices)).toEqual({ outcome: 'unlikely' });
});

describe('doubt', () => {
  const choices = allViews[0]!.choices;
  const loose = 'what are your opening hour';

  test('the less sure the recogniser, the closer to a phrase the words must be', () => {
    expect(chosen(loose, allViews[0]!, 'voice', 0.9)).toBe('caller.asksOpeningHours');
    expect(chosen(loose, allViews[0]!, 'voice', 0.3)).toBeNull();
    expect(chosen('opening hours', allViews[0]!, 'voice', 0.3)).toBe('caller.asksOpeningHours');
    expect(chosen('opening hours', allViews[0]!, 'voice', LEAST_CONFIDENCE / 2)).toBeNull();
  });

  test('keys and typed text are never doubted', () => {
    expect(chosen(loose, allViews[0]!, 'text', 0)).toBe('caller.asksOpeningHours');
    expect(chosen('4711', allViews[0]!, 'keypad', 0)).toBe('caller.keysNumber');
  });

  test('more confidence never takes a choice away', () => {
    const confidence = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(anySpoken, confidence, confidence, (index, some, more) => {
        const one = spoken[index]!;
        const [low, high] = some < more ? [some, more] : [more, some];
        if (chosen(one.phrase, one.view, 'voice', low)) {
          expect(chosen(one.phrase, one.view, 'voice', high)).toBe(one.event);
        }
      }),
    );
  });

  test('two choices with one wording are not told apart', () => {
    const person = choices.find(choice => choice.event === 'caller.wantsPerson')!;
    const twin = { ...person, event: 'caller.wantsManager', phrases: [...person.phrases] };

    expect(choose('agent', 'voice', 1, [person, twin])).toEqual({ outcome: 'unsure' });
    expect(choose('a real person maybe', 'voice', 1, [person, twin])).toEqual({ outcome: 'unsure' });
  });
});

describe('a name alone', () => {
  const naming: FlowChoice = {
    event: 'caller.givesName',
    description: 'The caller says their name.',
    language: 'en',
    phrases: ['my name is {callerName}', '{callerName}'],
    slots: { callerName: { type: 'text', description: 'The name.' } },
  };
  const person = allViews[0]!.choices.find(({ event }) => event === 'caller.wantsPerson')!;

  test.each([0.9, 0.7, 0.5])(
    'is taken as it was heard with a confidence of %d: it has no phrase to be like',
    confidence => {
      const match = choose('joe black', 'voice', confidence, [naming, person]);

      expect(match).toEqual({
        outcome: 'chosen',
        event: 'caller.givesName',
        score: expect.any(Number),
        facts: { callerName: 'joe black' },
      });
    },
  );

  test('is not taken for one when it was hardly heard, or when it is a phrase', () => {
    expect(choose('joe black', 'voice', 0.3, [naming, person]).outcome).toBe('unlikely');
    expect(choose('talk to a person', 'voice', 0.5, [naming, person])).toMatchObject({
      event: 'caller.wantsPerson',
    });
  });
});
