import { english } from './english.ts';
import { spanish } from './spanish.ts';
import type { SpokenLanguage } from './spoken-language.ts';

/** By primary language tag. One line for each, and a file beside this one. */
const languages: Readonly<Record<string, (tag: string) => SpokenLanguage>> = {
  en: english,
  es: spanish,
};

const opened = new Map<string, SpokenLanguage | null>();

/** The language of a BCP-47 tag, or null where we have no words for it: its voices read numbers by themselves. */
export function spokenLanguage(tag: string): SpokenLanguage | null {
  let language = opened.get(tag);
  if (language === undefined) {
    const primary = tag.split('-')[0] ?? '';
    language = Object.hasOwn(languages, primary) ? (languages[primary]?.(tag) ?? null) : null;
    opened.set(tag, language);
  }
  return language;
}
