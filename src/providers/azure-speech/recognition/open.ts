import type { Recognition } from '../../../../runtime/ports.ts';
import type { AzureSpeechRecognitionOptions } from './options.ts';
import { AzureSpeechStream } from './stream.ts';

/**
 * Streaming recognition by Azure Speech, mu-law as it comes from the line. A dropped socket is replaced and given again
 * what it had not settled (see `UnbrokenLine`); a stream fails only after `giveUpAfterMs` without a sound one, or at once when
 * key or request are refused.
 */
export function openAzureSpeechRecognition(options: AzureSpeechRecognitionOptions): Recognition {
  const streams = new Set<AzureSpeechStream>();
  return {
    name: 'azure-speech',
    detectsTurns: false,
    open(call, listener) {
      const stream: AzureSpeechStream = new AzureSpeechStream(options, call, {
        partial: (text, complete) => listener.partial(text, complete),
        final: (text, confidence) => listener.final(text, confidence),
        heardVoice: () => listener.heardVoice?.(),
        heardLanguage: language => listener.heardLanguage?.(language),
        failed: error => {
          streams.delete(stream);
          listener.failed(error);
        },
      });
      streams.add(stream);
      return {
        write: audio => stream.write(audio),
        speechStarted: () => stream.speechStarted(),
        speechStopped: () => stream.speechStopped(),
        finish: () => stream.finish(),
        expect: phrases => stream.expect(phrases),
        close: () => {
          streams.delete(stream);
          stream.close();
        },
      };
    },
    async close() {
      for (const stream of streams) stream.close();
      streams.clear();
    },
  };
}
