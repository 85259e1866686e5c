import type { Recognition } from '../../../../runtime/ports.ts';
import { recognitionBy } from '../../streaming/open-streams.ts';
import type { AzureSpeechRecognitionOptions } from './options.ts';
import { AzureSpeechStream } from './stream.ts';

/**
 * Streaming recognition by Azure Speech, mu-law as it comes from the line. A dropped socket is replaced and given again
 * what it had not settled (see `UnbrokenLine`); a stream fails only after `giveUpAfterMs` without a sound one, when two sockets
 * in a row make nothing of a voice, or at once when key or request are refused.
 */
export function openAzureSpeechRecognition(options: AzureSpeechRecognitionOptions): Recognition {
  return recognitionBy(
    { name: 'azure-speech', detectsTurns: false },
    (call, listener) => new AzureSpeechStream(options, call, listener),
  );
}
