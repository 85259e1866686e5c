import type { FactType, Phrases } from '../../../machines/flow.ts';
import type { Rule } from '../finding.ts';
import { type Place, within } from '../place.ts';
import type { Subject } from '../subject.ts';

/** The language that the embedded recogniser listens in. */
const LANGUAGE = 'en';

/** Words that the recogniser without a service cannot listen for. */
export const dictionaryRules: readonly Rule[] = [
  {
    name: 'unheard-word',
    severity: 'hint',
    why: 'The embedded recogniser has no pronunciation for it and listens for the phrase without it; other recognisers know it.',
    *find(subject) {
      const { findUnknownWords } = subject.world;
      if (!findUnknownWords || !subject.info.languages.includes(LANGUAGE)) return;
      const written = phrasesOf(subject).map(({ phrases, place }) => ({ words: wordsOf(phrases), place }));
      const unknown = new Set(findUnknownWords([...new Set(written.flatMap(({ words }) => words))]));
      for (const { words, place } of written)
        for (const word of new Set(words))
          if (unknown.has(word))
            yield {
              at: place,
              problem: `“${word}” is not in the dictionary of the embedded recogniser.`,
              mend: 'Add a phrase without it, or write it in words that sound the same.',
            };
    },
  },
];

function phrasesOf(subject: Subject): { phrases: Phrases; place: Place }[] {
  const choices = subject.chart.transitions
    .filter(({ place }) => place.home.file === subject.file.file)
    .flatMap(({ meta, place }) =>
      meta?.phrases ? [{ phrases: meta.phrases, place: within(place, 'meta', 'phrases') }] : [],
    );
  const facts = (subject.file.config.meta as { facts?: Record<string, FactType> } | undefined)?.facts ?? {};
  const values = Object.entries(facts).flatMap(([name, fact]) =>
    fact.type !== 'oneOf'
      ? []
      : Object.entries(fact.values).map(([value, phrases]) => ({
          phrases,
          place: subject.place('meta', 'facts', name, 'values', value),
        })),
  );
  return [...choices, ...values];
}

/** Words as the recogniser takes them from a phrase. */
function wordsOf(phrases: Phrases): string[] {
  const english = Array.isArray(phrases)
    ? (phrases as readonly string[])
    : ((phrases as Readonly<Record<string, readonly string[]>>)[LANGUAGE] ?? []);
  return english
    .filter(phrase => !phrase.startsWith('@'))
    .flatMap(phrase =>
      phrase
        .toLowerCase()
        .replace(/\u2019/g, "'")
        .replace(/\{[^}]*\}|\d/g, ' ')
        .split(/[^\p{L}']+/u)
        .filter(word => word !== ''),
    );
}
