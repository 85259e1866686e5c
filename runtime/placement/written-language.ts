/**
 * Words that people say often on the telephone, accents left out as recognisers do at times. A word may be of several languages.
 */
const wordsOf: Readonly<Record<string, string>> = {
  en: `the and you my is it to of what when where how have has had i i'm want would like please yes hello hi thanks thank need can could with
    this that for about order number not was are be been do does did we they them there here who why today tomorrow your at on out speak somebody goodbye one
    two three four five six seven eight nine know get call her his she he`,
  es: `el la los las que de y en un una mi es por para con no si quiero quisiera tengo tiene necesito gracias hola buenos buenas dias tardes favor
    pedido numero donde cuando como esta estoy mi su del al se lo le pero muy ya hoy manana hablar llamo usted me ha he yo tambien cita puedo puede dos tres cuatro
    cinco seis siete ocho nueve adios cual`,
  fr: `le la les des du de et un une je vous nous est c'est ce cette que qui pas ne pour avec mon ma mes votre bonjour merci oui non s'il plait
    voudrais veux j'ai suis commande numero ou quand comment au aux sur dans mais il elle on sont etre avoir peux pouvez rendez-vous demain aujourd'hui deux trois
    quatre cinq sept huit neuf parler d'un l'ai besoin revoir`,
  de: `der die das den dem ein eine einen ich sie wir ist nicht und mit zu auf fur von mein meine ihre bitte danke ja nein hallo guten tag morgen
    mochte habe hat haben bin war wann wo wie was kann konnen bestellung nummer termin heute aber auch noch es im am um bei zwei drei vier funf sechs sieben acht
    neun sprechen brauche wiederhoren mir mich`,
  pt: `o os as um uma que de e em eu voce nao sim por para com meu minha quero gostaria tenho preciso obrigado obrigada ola bom boa dia tarde
    pedido numero onde quando como esta estou seu sua do da dos das no na se mas muito ja hoje amanha falar ligo ligando tambem consulta posso pode dois tres quatro
    cinco seis sete oito nove tchau qual ao isso`,
};

/** The letter combinations that tell a word of which it is not known whose it is. */
const looksOf: Readonly<Record<string, RegExp>> = {
  en: /(ing|tion|ght|ould|wh|th)/,
  es: /(cion|ñ|iendo|ando$|mente$|ll[aeo]|dad$|ue[nrs])/,
  fr: /(eau|eux|oui|ais$|ait$|ez$|tion$|ement$|qu'|[cdjlmnst]'|œ|ç)/,
  de: /(sch|ung$|lich|keit|ß|ei[nt]|tz|chen$|cht)/,
  pt: /(ção|cao$|ções|coes$|ã|õ|nh|lh|mente$|dade$|ei[rt]o|ou$)/,
};

/** How many times likelier a word of its list, or a look, is in the language than in another. */
const WORD_ODDS = 8;
const LOOK_ODDS = 2.5;

const owners = new Map<string, readonly string[]>();
for (const [language, words] of Object.entries(wordsOf))
  for (const word of new Set(words.trim().split(/\s+/)))
    owners.set(word, [...(owners.get(word) ?? []), language]);

/** Those that words can tell apart. */
export const writtenLanguages: readonly string[] = Object.keys(wordsOf);

export interface Telling {
  /** What each language's odds are multiplied by; those that are not named, by 1. */
  odds: ReadonlyMap<string, number>;
  /** Words that tell something, and all of them. */
  telling: number;
  words: number;
}

/** Which of English, Spanish, French, German and Portuguese a text is in, by its commonest words and letters. Pure. */
export function tellingWords(text: string): Telling {
  const words = text.toLowerCase().match(/[\p{L}'’-]+/gu) ?? [];
  const odds = new Map<string, number>();
  let telling = 0;
  for (const word of words) {
    const [languages, times] = whose(word.replaceAll('’', "'"));
    if (languages.length > 0) telling++;
    for (const language of languages) odds.set(language, (odds.get(language) ?? 1) * times);
  }
  return { odds, telling, words: words.length };
}

function whose(word: string): [languages: readonly string[], odds: number] {
  const known = owners.get(word.normalize('NFD').replace(/\p{M}/gu, ''));
  if (known) return [known, WORD_ODDS];
  return [writtenLanguages.filter(language => looksOf[language]?.test(word)), LOOK_ODDS];
}
