import type { NavigatorLanguage } from './navigator-language.ts';

export const english: NavigatorLanguage = {
  words: {
    fillers: [
      ...'um umm uh uhm erm er ah hm hmm mm mhm well okay ok alright please thanks so just actually basically'.split(
        ' ',
      ),
      'good morning',
      'good afternoon',
      'good evening',
    ],
    light:
      `a an the this that thats it its is are was be am i im id ill ive me my you your youre we our us to of for in on at by
      with and or do does did can could will would should may let lets get have has had want wanna need like know there here
      what whats when how which if then now hello hi hey good some any about`.split(/\s+/),
    negatives: 'not dont doesnt didnt isnt arent wasnt never cant cannot couldnt wont wouldnt'.split(' '),
    refusals: ['no', 'nope'],
  },
  numbers: {
    zeros: { zero: '0', nought: '0', oh: 'o', o: 'o' },
    units: { one: 1, two: 2, three: 3, four: 4, five: 5, six: 6, seven: 7, eight: 8, nine: 9 },
    whole: {
      ten: 10,
      eleven: 11,
      twelve: 12,
      thirteen: 13,
      fourteen: 14,
      fifteen: 15,
      sixteen: 16,
      seventeen: 17,
      eighteen: 18,
      nineteen: 19,
    },
    tens: {
      twenty: 20,
      thirty: 30,
      forty: 40,
      fifty: 50,
      sixty: 60,
      seventy: 70,
      eighty: 80,
      ninety: 90,
    },
    hundreds: {},
    hundred: 'hundred',
    thousand: 'thousand',
    thousandAlone: false,
    joins: { hundreds: 'and' },
    repeats: { double: 2, triple: 3 },
  },
  lines: {
    apologies: [
      "Sorry, I didn't catch that.",
      "Sorry, I still didn't get that.",
      "I'm sorry, I'm having trouble understanding.",
    ],
    keypad: 'You can also key in the number.',
    examples: phrases => `You can say, for example, ${phrases.join(', or ')}.`,
    person: phrase => `To talk to a person, say ${phrase}.`,
  },
};
