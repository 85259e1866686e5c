import { callingCodes, likelyLanguages } from './country-languages.ts';
import { tellingWords, writtenLanguages } from './written-language.ts';

/** What a caller seems to speak, and why one may think so. */
export interface LanguageHint {
  /** Primary tag, as `es`; null for unknown. */
  language: string | null;
  /** 0 … 1, of the likeliest language, also where that is too little. */
  confidence: number;
  /** One sentence for the record. */
  text: string;
}

export interface CallerSigns {
  /** ISO 3166-1 alpha-2, as the carrier's webhook tells it (`FromCountry`); null or empty where it does not. */
  country: string | null;
  /** In E.164, as `+34…`; anything else tells nothing. */
  from: string;
  /** What was recognised or written so far; empty before the first words. A recogniser of one language hears only that. */
  words: string;
}

/** Below this the hint is "unknown": three in ten would be taken for somebody else. */
const ENOUGH = 0.7;
/** Nothing here makes certain. */
const MOST = 0.99;
/** What a language has before anything is known of the caller. */
const ANYWHERE = 0.02;

/**
 * The language a caller probably speaks, from where the call comes and from what was said: all that can be had without a
 * model that listens. It is a hint: it explains a placement and stands in the record, and switches nothing. Pure.
 */
export function languageHint({ country, from, words }: CallerSigns): LanguageHint {
  const place = placeOf(country, from);
  const said = tellingWords(words);
  if (!place && said.telling === 0)
    return {
      language: null,
      confidence: 0,
      text: 'The language of the caller is unknown, because nothing tells it.',
    };

  const { language, confidence } = likeliest(place?.languages ?? {}, said.odds);
  const because = [
    ...(place ? [`the call comes from ${place.name}`] : []),
    ...(said.telling > 0 ? [`${said.telling} of ${said.words} words tell a language`] : []),
  ].join(' and ');
  const figures = `${language} ${confidence.toFixed(2)}, where ${ENOUGH} is enough`;
  return confidence < ENOUGH
    ? {
        language: null,
        confidence,
        text: `The language of the caller is unknown (${figures}), although ${because}.`,
      }
    : {
        language,
        confidence,
        text: `The caller probably speaks ${language} (${figures}), because ${because}.`,
      };
}

/** Bayes' rule: the odds of the country by those of the words. */
function likeliest(shares: Readonly<Record<string, number>>, odds: ReadonlyMap<string, number>) {
  const languages = [...new Set([...writtenLanguages, ...Object.keys(shares)])];
  const weighed = languages.map(language => ({
    language,
    weight: Math.max(ANYWHERE, shares[language] ?? 0) * (odds.get(language) ?? 1),
  }));
  // What the shares leave over is spoken too, in languages that are not named.
  const named = languages.reduce((sum, language) => sum + Math.max(ANYWHERE, shares[language] ?? 0), 0);
  const others = Object.keys(shares).length > 0 ? Math.max(0, 1 - named) : 0;
  const sum = weighed.reduce((total, { weight }) => total + weight, others);
  const best = weighed.reduce((most, each) => (each.weight > most.weight ? each : most));
  return { language: best.language, confidence: Math.min(MOST, Math.round((100 * best.weight) / sum) / 100) };
}

function placeOf(country: string | null, from: string) {
  const told = country ? likelyLanguages[country.toUpperCase()] : undefined;
  if (told) return { name: country?.toUpperCase(), languages: told };
  // The longest code that fits: codes are of one to three digits, and none begins another.
  for (let length = 4; length > 1; length--) {
    const code = callingCodes[from.slice(0, length)];
    const languages = code === undefined ? undefined : likelyLanguages[code];
    if (languages) return { name: `${from.slice(0, length)} (${code})`, languages };
  }
  return null;
}
