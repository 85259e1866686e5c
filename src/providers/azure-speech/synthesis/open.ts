import type { Synthesis } from '../../../../runtime/ports.ts';
import { synthesisBy } from '../../streaming/open-streams.ts';
import { SentenceVoice, type SentenceVoiceOptions, voiceSettings } from '../../streaming/sentence-voice.ts';
import type { AzureSpeechAccess } from '../access.ts';
import { problem } from '../fault.ts';
import { azureSpeechLanguage, azureSpeechVoice } from '../voices.ts';
import { speakByRequest } from './speak-request.ts';
import { ssmlOf } from './ssml.ts';
import { VoiceLine } from './voice-line.ts';

export type AzureSpeechSynthesisOptions = AzureSpeechAccess & SentenceVoiceOptions;

/** Of one request; the service makes ten minutes of audio at most. */
const MAX_CHARS = 3_000;

/** Speech by Azure's neural voices: over a socket, and over HTTP while there is none (see `SentenceVoice`). */
export function openAzureSpeechSynthesis(options: AzureSpeechSynthesisOptions): Synthesis {
  const settings = voiceSettings(options, problem);
  return synthesisBy('azure-speech', call => {
    const voice = azureSpeechVoice(call.voice, call.language);
    if (voice === null)
      throw problem(
        'invalid',
        `Azure does not speak ${call.language}; choose another synthesis for this call.`,
      );
    const language = azureSpeechLanguage(call.language)?.locale ?? call.language;
    const toSsml = (text: string) => ssmlOf({ text, voice, language });
    const ways = {
      socket: new VoiceLine({ ...settings, access: options, toSsml }),
      request: (text: string, signal: AbortSignal) =>
        speakByRequest(options, { ssml: toSsml(text), audio: settings.audio }, signal),
      maxChars: MAX_CHARS,
    };
    return new SentenceVoice(options, settings, ways, call.explain);
  });
}
