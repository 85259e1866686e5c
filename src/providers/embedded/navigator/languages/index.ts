import type { Language } from '../../../../../machines/flow.ts';
import { english } from './english.ts';
import type { NavigatorLanguage } from './navigator-language.ts';
import { spanish } from './spanish.ts';

/** By primary language tag. One line for each, and a file beside this one. */
const languages: Readonly<Record<Language, NavigatorLanguage>> = {
  en: english,
  es: spanish,
};

/** What the navigator knows of a language; English where it knows nothing. */
export function navigatorLanguage(language: Language): NavigatorLanguage {
  return (Object.hasOwn(languages, language) ? languages[language] : undefined) ?? english;
}
