/** Said by the carrier's own voice, in a language that it has. */
export interface SpokenSentence {
  text: string;
  /** BCP-47. */
  language: string;
}

const english: SpokenSentence = {
  text: 'Sorry, we were cut off, and I cannot pick up where we were. Please call again. Goodbye.',
  language: 'en-US',
};

const byLanguage: Record<string, SpokenSentence> = {
  en: english,
  es: {
    text: 'Perdone, se ha cortado la llamada y no puedo retomarla. Por favor, vuelva a llamar. Adiós.',
    language: 'es-ES',
  },
};

/** For a caller whose call no node can go on with; `language` is the call's. */
export function cannotGoOn(language: string): SpokenSentence {
  const sentence = byLanguage[language.split('-')[0] ?? ''];
  if (!sentence) return english;
  // The caller's own kind of it, as es-MX.
  return { ...sentence, language };
}
