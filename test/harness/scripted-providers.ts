import type { Clock } from '../../runtime/clock.ts';
import { FRAME_BYTES } from '../../runtime/media/media-streams.ts';
import type { LanguageModel, ModelEvent, ModelRequest } from '../../runtime/ports.ts';
import { textRecognition } from '../../src/rehearsal/text-ears.ts';
import { textVoice } from '../../src/rehearsal/text-voice.ts';

export { textVoiceActivity as scriptedVoiceActivity } from '../../src/rehearsal/text-ears.ts';
export { sleep } from '../../src/rehearsal/text-voice.ts';

export interface Delays {
  /** From the request for the final text to the text. */
  recognitionMs: number;
  /** From the sentence to its first audio. */
  firstAudioMs: number;
}

/** Text ears for which a word with a full stop is where a grammar would see a whole phrase. */
export function scriptedRecognition(
  clock: Clock,
  { recognitionMs = 0 }: Partial<Delays> = {},
  confidence = 0.9,
) {
  return textRecognition({
    clock,
    delayMs: () => recognitionMs,
    confidence: () => confidence,
    isComplete: text => text.endsWith('.'),
  });
}

/**
 * A voice of 60 ms a letter, after a delay. `failing` makes it throw. With `isTelling`, every frame tells the sentence and the
 * place that it is from.
 */
export function scriptedSynthesis(
  clock: Clock,
  { firstAudioMs = 0, isTelling = false }: Partial<Delays> & { isTelling?: boolean } = {},
) {
  const voice = textVoice(clock, () => firstAudioMs);
  const { open } = voice;
  if (isTelling)
    voice.open = options => {
      const stream = open(options);
      return {
        ...stream,
        async *speak(text, signal) {
          let at = [...text].reduce((sum, letter) => (31 * sum + letter.charCodeAt(0)) % 65_521, 0);
          for await (const audio of stream.speak(text, signal))
            yield audio.map((_, i) => (i % FRAME_BYTES === 0 ? ++at : at));
        },
      };
    };
  return voice;
}

/** A model that answers as `answer` says, and keeps what it was asked. */
export function scriptedModel(
  answer: (request: ModelRequest, signal: AbortSignal) => AsyncIterable<ModelEvent> | Iterable<ModelEvent>,
): LanguageModel & { requests: ModelRequest[]; signals: AbortSignal[] } {
  const requests: ModelRequest[] = [];
  const signals: AbortSignal[] = [];
  return {
    name: 'scripted',
    requests,
    signals,
    async *reply(request, signal) {
      requests.push(request);
      signals.push(signal);
      yield* answer(request, signal);
    },
  };
}

/** A whole reply of one text. */
export function* says(text: string): Iterable<ModelEvent> {
  yield { type: 'text', text };
  yield { type: 'end', reason: 'complete' };
}
