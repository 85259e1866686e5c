import type { FactType, Language, Phrases } from '../../../machines/flow.ts';
import { phraseLists, phrasesIn } from '../../../machines/phrases.ts';
import type { Found, Rule } from '../finding.ts';
import type { FlowFile } from '../flow-text.ts';
import { isConfig } from '../form.ts';
import { suggest } from '../nearest.ts';
import { type Place, within } from '../place.ts';
import { infoOf, type Subject } from '../subject.ts';

/** Lines, phrases and lists in each of the flow's languages. */
export const languageRules: readonly Rule[] = [
  {
    name: 'missing-translation',
    severity: 'error',
    why: 'The caller is suddenly spoken to in another language, or has nothing they could say.',
    *find(subject) {
      for (const state of subject.chart.states) {
        const wanted = wantedAt(subject, state.scope.file);
        for (const as of ['say', 'ask'] as const)
          yield* inLine(state.meta[as], within(state.place, 'meta', as), wanted);
      }
      for (const { meta, place } of subject.chart.transitions) {
        const file = [subject.file, ...subject.chart.parts].find(each => each.file === place.home.file);
        yield* inPhrases(meta?.phrases, within(place, 'meta', 'phrases'), wantedAt(subject, file!));
      }
      const own = wantedAt(subject, subject.file);
      for (const { phrases, place } of valuesOf(subject)) yield* inPhrases(phrases, place, own);
    },
  },
  {
    name: 'unknown-language',
    severity: 'error',
    why: 'Nobody ever hears it: the flow does not speak this language.',
    *find(subject) {
      const { languages } = subject.info;
      for (const [index, tag] of languages.entries())
        if (!/^[a-z]{2,3}$/.test(tag))
          yield {
            at: subject.place('meta', 'languages', index),
            problem: `'${tag}' is no primary language tag.`,
            mend: `Write it as ${/^[a-z]{2,3}(?=[-_])/i.exec(tag)?.[0].toLowerCase() ?? "'en' or 'es'"}.`,
          };
      for (const { meta, place } of subject.ownStates)
        for (const as of ['say', 'ask'] as const)
          yield* strayIn(meta[as], within(place, 'meta', as), languages);
      for (const { meta, place } of subject.chart.transitions)
        if (place.home.file === subject.file.file)
          yield* strayIn(meta?.phrases, within(place, 'meta', 'phrases'), languages);
      for (const { phrases, place } of valuesOf(subject)) yield* strayIn(phrases, place, languages);
    },
  },
  {
    name: 'unknown-list',
    severity: 'error',
    why: 'A list that does not exist holds no phrases: what callers say is not understood.',
    *find(subject) {
      const choices = subject.chart.transitions
        .filter(({ place }) => place.home.file === subject.file.file)
        .map(({ meta, place }) => ({ phrases: meta?.phrases, place: within(place, 'meta', 'phrases') }));
      for (const { phrases, place } of [...choices, ...valuesOf(subject)])
        for (const phrase of [Object.values(phrases ?? {})].flat(2) as string[])
          if (phrase.startsWith('@') && !(phraseLists as readonly string[]).includes(phrase.slice(1)))
            yield {
              at: place,
              problem: `There is no list '${phrase}'.`,
              mend: suggest(
                phrase,
                phraseLists.map(list => `@${list}`),
              ),
            };
    },
  },
];

interface Wanted {
  languages: readonly Language[];
  /** The language of what is written without one. */
  usual: Language;
}

/** The languages that are to be there: in a part, those that the part itself does not promise. */
function wantedAt({ info, file }: Subject, writtenIn: FlowFile): Wanted {
  if (writtenIn === file) return { languages: info.languages, usual: info.languages[0]! };
  const promised = infoOf(writtenIn).languages;
  return {
    languages: info.languages.filter(language => !promised.includes(language)),
    usual: promised[0]!,
  };
}

function* inLine(line: unknown, place: Place, { languages, usual }: Wanted): Iterable<Found> {
  if (line === undefined) return;
  for (const language of languages)
    if (typeof line === 'string' ? language !== usual : !has(line, language))
      yield {
        at: place,
        problem: `The line is not written in '${language}'.`,
        mend: `Write it as { ${usual}: '…', ${language}: '…' }.`,
      };
}

function* inPhrases(
  phrases: Phrases | undefined,
  place: Place,
  { languages, usual }: Wanted,
): Iterable<Found> {
  if (phrases === undefined || Object.keys(phrases).length === 0) return;
  // Lists and bare slots are there in every language.
  const isNeutral = Array.isArray(phrases) && phrases.every(phrase => /^(?:@.*|\{\w+\})$/.test(phrase));
  for (const language of languages) {
    const isWritten = Array.isArray(phrases) ? isNeutral || language === usual : has(phrases, language);
    if (!isWritten || phrasesIn(language, phrases).length === 0)
      yield {
        at: place,
        problem: `There are no phrases in '${language}'.`,
        mend: `Write them as { ${language}: ['…'] }, beside the other languages.`,
      };
  }
}

function* strayIn(written: unknown, place: Place, languages: readonly Language[]): Iterable<Found> {
  if (!isConfig(written)) return;
  for (const tag of Object.keys(written))
    if (!languages.includes(tag))
      yield {
        at: within(place, tag),
        problem: `'${tag}' is none of the flow's languages.`,
        mend: suggest(tag, languages),
      };
}

function has(written: unknown, language: Language): boolean {
  if (!isConfig(written)) return false;
  const found = written[language];
  return Array.isArray(found) ? found.length > 0 : typeof found === 'string' && found.trim() !== '';
}

/** What callers say for the values of facts. */
function valuesOf(subject: Subject): { phrases: Phrases; place: Place }[] {
  const declared =
    (subject.file.config.meta as { facts?: Record<string, FactType> } | undefined)?.facts ?? {};
  return Object.entries(declared).flatMap(([name, fact]) =>
    fact.type !== 'oneOf'
      ? []
      : Object.entries(fact.values).map(([value, phrases]) => ({
          phrases,
          place: subject.place('meta', 'facts', name, 'values', value),
        })),
  );
}
