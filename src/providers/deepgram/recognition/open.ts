import type { Recognition, RecognitionStream } from '../../../../runtime/ports.ts';
import { openClient } from '../client.ts';
import { FluxStream } from './flux.ts';
import { NovaStream } from './nova.ts';
import { type DeepgramRecognitionOptions, defaults } from './options.ts';
import type { LineSettings } from './unbroken-line.ts';

/**
 * Streaming recognition by Deepgram, mu-law as it comes from the line. A dropped socket is replaced and given again what
 * it had not settled (see `UnbrokenLine`); a stream fails only after `giveUpAfterMs` without a sound one, or at once when key or
 * request are refused.
 */
export function openDeepgramRecognition(options: DeepgramRecognitionOptions): Recognition {
  const client = openClient(options);
  const model = options.model ?? defaults.model;
  const isFlux = model.startsWith('flux');
  const streams = new Set<RecognitionStream>();
  const settings: LineSettings = {
    clock: options.clock,
    random: options.random ?? Math.random,
    connectTimeoutMs: options.connectTimeoutMs ?? defaults.connectTimeoutMs,
    giveUpAfterMs: options.giveUpAfterMs ?? defaults.giveUpAfterMs,
    replayMs: options.replayMs ?? defaults.replayMs,
  };

  return {
    name: `deepgram ${model}`,
    detectsTurns: isFlux || options.turnsBy === 'deepgram',
    open(call, listener) {
      const Stream = isFlux ? FluxStream : NovaStream;
      const stream = new Stream(client, options, settings, call, {
        partial: (text, complete) => listener.partial(text, complete),
        final: (text, confidence) => listener.final(text, confidence),
        turnEnded: () => listener.turnEnded?.(),
        turnMayHaveEnded: text => listener.turnMayHaveEnded?.(text),
        turnResumed: () => listener.turnResumed?.(),
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
