import type { Agent } from '../../agents.ts';

/** Whether the embedded ears and the embedded voice know the language of a BCP-47 tag. The navigator is asked by itself. */
export function isEmbeddedLanguage(tag: string): boolean {
  return /^en(-|$)/i.test(tag);
}

/** An agent that would be deaf or dumb on every call. The message says what to set. */
export class EmbeddedLanguageError extends Error {
  override readonly name = 'EmbeddedLanguageError';
}

/** Throws an `EmbeddedLanguageError` when the agent is to hear or speak a language that the embedded parts do not know. */
export function requireEmbeddedLanguage({ name, language, stt, tts }: Agent): void {
  if (isEmbeddedLanguage(language)) return;
  const parts = [
    ...(stt === 'embedded' ? [{ what: 'ears know', setting: 'STT_PROVIDER' }] : []),
    ...(tts === 'embedded' ? [{ what: 'voice knows', setting: 'TTS_PROVIDER' }] : []),
  ];
  if (parts.length === 0) return;
  const whats = parts.map(({ what }) => what).join(' and the embedded ');
  const settings = parts.map(({ setting }) => setting).join(' and ');
  throw new EmbeddedLanguageError(
    `The embedded ${whats} English only, and the agent ${name} speaks ${language}. Set ${settings} to deepgram or azure, or LANGUAGE to en-US.`,
  );
}
