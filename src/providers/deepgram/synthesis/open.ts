import type { Synthesis } from '../../../../runtime/ports.ts';
import { synthesisBy } from '../../streaming/open-streams.ts';
import { SentenceVoice, type SentenceVoiceOptions, voiceSettings } from '../../streaming/sentence-voice.ts';
import { type DeepgramAccess, openClient, retentionOf } from '../client.ts';
import { problem } from '../fault.ts';
import { auraModel } from '../voices.ts';
import { speakByRequest } from './speak-request.ts';
import { SpeakSocket } from './speak-socket.ts';

export type DeepgramSynthesisOptions = DeepgramAccess & SentenceVoiceOptions;

/** Of one Speak, and of one request. */
const MAX_CHARS = 2_000;

/**
 * Speech by Deepgram's Aura-2: over a socket, and over HTTP while there is none or its rate is used up (see
 * `SentenceVoice`).
 */
export function openDeepgramSynthesis(options: DeepgramSynthesisOptions): Synthesis {
  const client = openClient(options);
  const retention = retentionOf(options);
  const settings = voiceSettings(options, problem);
  return synthesisBy('deepgram aura-2', ({ voice, language, explain }) => {
    const model = auraModel(voice, language);
    if (model === null)
      throw problem('invalid', `Aura does not speak ${language}; choose another synthesis for this call.`);
    const socket = new SpeakSocket({ ...settings, client, model, retention });
    const ways = {
      socket,
      request: (text: string, signal: AbortSignal) =>
        speakByRequest(client, { model, text, retention, audio: settings.audio }, signal),
      maxChars: MAX_CHARS,
    };
    return new SentenceVoice(options, settings, ways, explain);
  });
}
