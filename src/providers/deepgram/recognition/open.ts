import type { Recognition } from '../../../../runtime/ports.ts';
import { recognitionBy } from '../../streaming/open-streams.ts';
import type { LineSettings } from '../../streaming/unbroken-line.ts';
import { openClient } from '../client.ts';
import { FluxStream } from './flux.ts';
import { NovaStream } from './nova.ts';
import { type DeepgramRecognitionOptions, defaults } from './options.ts';

/**
 * Streaming recognition by Deepgram, mu-law as it comes from the line. A dropped socket is replaced and given again what
 * it had not settled (see `UnbrokenLine`); a stream fails only after `giveUpAfterMs` without a sound one, when two sockets in a
 * row make nothing of a voice, or at once when key or request are refused.
 */
export function openDeepgramRecognition(options: DeepgramRecognitionOptions): Recognition {
  const client = openClient(options);
  const model = options.model ?? defaults.model;
  const isFlux = model.startsWith('flux');
  const settings: LineSettings = {
    clock: options.clock,
    random: options.random ?? Math.random,
    connectTimeoutMs: options.connectTimeoutMs ?? defaults.connectTimeoutMs,
    giveUpAfterMs: options.giveUpAfterMs ?? defaults.giveUpAfterMs,
    replayMs: options.replayMs ?? defaults.replayMs,
  };

  const Stream = isFlux ? FluxStream : NovaStream;
  return recognitionBy(
    { name: `deepgram ${model}`, detectsTurns: isFlux || options.turnsBy === 'deepgram' },
    (call, listener) => new Stream(client, options, settings, call, listener),
  );
}
