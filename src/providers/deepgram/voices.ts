/** The voices of Aura-2, by language. A model's name is `aura-2-<voice>-<language>`. The first of a language is its default. */
export const auraVoices: Readonly<Record<string, readonly string[]>> = {
  en: words(`thalia amalthea andromeda apollo arcas aries asteria athena atlas aurora callista cora cordelia delia draco
    electra harmonia helena hera hermes hyperion iris janus juno jupiter luna mars minerva neptune odysseus ophelia orion
    orpheus pandora phoebe pluto saturn selene theia vesta zeus`),
  es: words(`celeste agustina alvaro antonia aquila carina diana estrella gloria javier luciano nestor olivia selena silvia
    sirio valerio`),
  de: words('viktoria aurelia elara fabian julius kara lara'),
  nl: words('rhea beatrix cornelia daphne hestia lars leda roman sander'),
  fr: words('agathe hector'),
  // The SDK also types `perseo`, which Deepgram has never served.
  it: words('livia cesare cinzia demetra dionisio elio flavio maia melia'),
  ja: words('fujin ama ebisu izanami uzume'),
};

export interface AuraVoice {
  /** As `thalia`. */
  name: string;
  /** ISO 639-1. */
  language: string;
  /** As `aura-2-thalia-en`. */
  model: string;
}

/** All voices, one row each. */
export function listAuraVoices(): AuraVoice[] {
  return Object.entries(auraVoices).flatMap(([language, names]) =>
    names.map(name => ({ name, language, model: modelOf(name, language) })),
  );
}

/**
 * The model that speaks for a voice, given as a model (`aura-2-thalia-en`, `aura-asteria-en`) or as a name (`thalia`). A voice of another
 * provider, or of another language, is spoken by the language's default. Null: Aura does not speak the language.
 */
export function auraModel(voice: string, language: string): string | null {
  if (/^aura-([a-z]+|2-[a-z]+)-[a-z]{2}$/.test(voice)) return voice;
  const primary = language.split('-')[0]?.toLowerCase() ?? '';
  const names = auraVoices[primary];
  if (!names?.[0]) return null;
  const name = voice.toLowerCase();
  return modelOf(names.includes(name) ? name : names[0], primary);
}

function modelOf(name: string, language: string): string {
  return `aura-2-${name}-${language}`;
}

function words(list: string): string[] {
  return list.split(/\s+/).filter(Boolean);
}
