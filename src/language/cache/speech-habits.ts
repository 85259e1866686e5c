/** How people speak a language on the telephone, as far as a question has to be recognised. Words in lower case. */
export interface SpeechHabits {
  /** Said in between, without meaning: hesitation, greeting, courtesy. Words or whole phrases. */
  fillers: readonly string[];
  /** Before a question that is the same without them. */
  leadIns: readonly string[];
  /** Short forms, and how recognisers write them without an apostrophe. */
  contractions: Readonly<Record<string, string>>;
  /** They may mean something that was said before: whoever has not heard that cannot answer. */
  pointing: readonly string[];
  /** Before a word that points, and with another behind it, these make it an ordinary one: "is there parking". */
  existential: readonly (readonly [before: string, word: string])[];
  /** A sentence that begins so goes on from another. */
  goingOn: readonly string[];
  /** Questions and wishes begin so: a word, or several. */
  opening: readonly string[];
  /** So common that, with a capital at the beginning of a sentence, they are nobody's name. */
  common: readonly string[];
  /** Whoever says so tells who they are. */
  introductions: readonly string[];
}

const list = (text: string): string[] => text.split(/\s+/).filter(Boolean);

const english: SpeechHabits = {
  fillers: [
    ...list(
      'um umm uh uhm erm er ah hm hmm mm mhm hi hello hey ok okay alright well so just actually please',
    ),
    ...list('basically thanks'),
    'good morning',
    'good afternoon',
    'good evening',
    'thank you very much',
    'thank you so much',
    'thank you',
    'i mean',
    'excuse me',
  ],
  leadIns: [
    'can you tell me',
    'could you tell me',
    'i would like to know',
    'i want to know',
    'i was wondering',
    'i have a question',
  ],
  contractions: {
    ...{
      "what's": 'what is',
      whats: 'what is',
      "where's": 'where is',
      wheres: 'where is',
      "when's": 'when is',
    },
    ...{ "who's": 'who is', "how's": 'how is', "it's": 'it is', "that's": 'that is', thats: 'that is' },
    ...{
      "there's": 'there is',
      "i'm": 'i am',
      im: 'i am',
      "i've": 'i have',
      ive: 'i have',
      "i'd": 'i would',
    },
    ...{ "i'll": 'i will', "you're": 'you are', "we're": 'we are', "they're": 'they are', "let's": 'let us' },
    ...{ "don't": 'do not', dont: 'do not', "doesn't": 'does not', doesnt: 'does not', "isn't": 'is not' },
    ...{ isnt: 'is not', "aren't": 'are not', arent: 'are not', "can't": 'can not', cant: 'can not' },
    ...{ cannot: 'can not', "won't": 'will not', "didn't": 'did not', didnt: 'did not', "wasn't": 'was not' },
    ...{ "couldn't": 'could not', "wouldn't": 'would not', "haven't": 'have not', "hasn't": 'has not' },
  },
  pointing: list(
    `it its itself this that these those they them their theirs he him his she her hers there then here one ones same
    such other others another else again also too instead either neither both more less earlier before previous
    previously above mentioned said told meant mean repeat still yet already first last next former latter yes no the
    cheaper bigger smaller larger faster slower sooner later longer shorter better worse best closer nearer nearest enough`,
  ),
  existential: [
    ['is', 'there'],
    ['are', 'there'],
    ['was', 'there'],
  ],
  goingOn: [...list('and but or because though although if nor'), 'what about', 'how about'],
  opening: [
    ...list('what when where how why is are was do does did can could may will would should'),
    ...list('have has am'),
    'i want to',
    'i need to',
    'i would like to',
    'tell me',
  ],
  common: list(
    `a an the i you we it he she they is are was were am be do does did have has had can could will would should may
    might must what when where which who whose how why yes no not and but or if so for from to of in on at by with
    our your my me us this that there here all any some to as than`,
  ),
  introductions: [
    'my name is',
    'i am called',
    'this is',
    'call me',
    'my number is',
    'my address is',
    'i was born',
  ],
};

const spanish: SpeechHabits = {
  fillers: [
    ...list('eh em emm ah oh uh um mm mmm hm pues bueno hola gracias oiga mire ok vale'),
    'buenos días',
    'buenas tardes',
    'buenas noches',
    'muchas gracias',
    'por favor',
    'o sea',
    'a ver',
    'disculpe',
  ],
  leadIns: [
    'me puede decir',
    'puede decirme',
    'podría decirme',
    'quería saber',
    'quisiera saber',
    'quiero saber',
  ],
  contractions: {},
  pointing: list(
    `eso esto ese esa esos esas este esta estos estas aquel aquella aquello lo le les él ella ello ellos ellas su sus
    suyo mismo misma otro otra otros otras también tampoco entonces allí ahí allá aquí más menos antes después ya
    todavía aún repetir repita dijo dijiste dicho primero último siguiente anterior sí si no el la los las al del mejor
    peor mayor menor`,
  ),
  existential: [],
  goingOn: [...list('y e pero o u porque aunque ni'), 'qué tal', 'qué hay de'],
  opening: [
    ...list(
      'qué que cuándo cuando dónde donde cuál cual cuáles cuales quién quien cómo como cuánto cuanto cuánta',
    ),
    ...list(
      'cuánta cuántos cuantos cuántas cuantas hay tienen tiene puedo pueden puede hacen abren cierran es son',
    ),
    'por qué',
    'a qué',
    'quiero',
    'necesito',
    'quisiera',
    'me gustaría',
  ],
  common: list(
    `el la los las un una yo tú usted nosotros es son era está están hay tiene tienen puede pueden qué cuándo dónde
    cuál quién cómo cuánto sí no y pero o si de en con por para a al del nuestro nuestra mi me se su sus lo le todo`,
  ),
  introductions: ['me llamo', 'mi nombre es', 'soy', 'le habla', 'mi número es', 'mi dirección es', 'nací'],
};

const habits: Readonly<Record<string, SpeechHabits>> = { en: english, es: spanish };

/** Of a BCP-47 language; null where nothing is known of it. */
export function speechHabits(language: string): SpeechHabits | null {
  const primary = language.split('-')[0]?.toLowerCase() ?? '';
  return Object.hasOwn(habits, primary) ? (habits[primary] as SpeechHabits) : null;
}
