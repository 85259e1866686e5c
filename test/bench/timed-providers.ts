import type { Providers } from '../../runtime/call-host.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { LanguageModel, Recognition, Synthesis, VoiceActivity } from '../../runtime/ports.ts';
import { openNavigator } from '../../src/providers/embedded/navigator/navigator.ts';
import { openTools } from '../../src/tools/index.ts';
import {
  scriptedRecognition,
  scriptedSynthesis,
  scriptedVoiceActivity,
  sleep,
} from '../harness/scripted-providers.ts';
import type { Stopwatch } from './stopwatch.ts';

export interface ProviderTimes {
  /** From the request for the final text to the text. */
  recognitionMs: number;
  /** From a turn's first request to the model's first event. */
  modelMs: number;
  /** From a sentence to its first audio. */
  voiceMs: number;
  /** How long the voice takes to say a letter. */
  letterMs: number;
}

const BYTES_PER_MS = 8;

/** Scripted ears and voice and the navigator as model, whose pauses the stopwatch takes out of our own time. */
export function timedProviders(clock: Clock, stopwatch: Stopwatch, times: ProviderTimes): Providers {
  const { recognition, voiceActivity } = timedEars(clock, stopwatch, times);
  return {
    recognition,
    voiceActivity,
    synthesis: timedSynthesis(clock, stopwatch, times),
    model: timedModel(clock, stopwatch, times),
    tools: [...openTools({ clock, toolDelayMs: 0 }).values()],
  };
}

function timedEars(clock: Clock, stopwatch: Stopwatch, { recognitionMs }: ProviderTimes) {
  const words = scriptedRecognition(clock, { recognitionMs });
  const voices = scriptedVoiceActivity();
  // An ear opens its recogniser, then its voice activity, which is not told whose voice it is.
  let openingCallId = '';

  const recognition: Recognition = {
    ...words,
    open(options, listener) {
      openingCallId = options.callId;
      const stream = words.open(options, {
        partial: (text, complete) => listener.partial(text, complete),
        failed: error => listener.failed(error),
        final(text, confidence) {
          stopwatch.finalText(options.callId);
          listener.final(text, confidence);
        },
      });
      words.opened.length = 0;
      return stream;
    },
  };
  const voiceActivity: VoiceActivity = {
    ...voices,
    open(listener) {
      const callId = openingCallId;
      return voices.open({
        speechStarted() {
          stopwatch.voiceStarted(callId);
          listener.speechStarted();
        },
        speechStopped: () => listener.speechStopped(),
      });
    },
  };
  return { recognition, voiceActivity };
}

function timedModel(clock: Clock, stopwatch: Stopwatch, { modelMs }: ProviderTimes): LanguageModel {
  const navigator = openNavigator({ clock, firstWordDelayMs: 0, wordDelayMs: 0 });
  return {
    name: 'scripted',
    async *reply(request, signal) {
      if (modelMs > 0 && request.step === 0) {
        const emitted = stopwatch.providerStarted(request.callId, modelMs);
        await sleep(clock, modelMs, signal);
        emitted();
      }
      yield* navigator.reply(request, signal);
    },
  };
}

function timedSynthesis(clock: Clock, stopwatch: Stopwatch, times: ProviderTimes): Synthesis {
  const voice = scriptedSynthesis(clock);
  voice.bytesPerLetter = times.letterMs * BYTES_PER_MS;
  return {
    name: 'scripted',
    open(options) {
      const stream = voice.open(options);
      return {
        async *speak(text, signal) {
          if (times.voiceMs > 0) {
            const emitted = stopwatch.providerStarted(options.callId, times.voiceMs);
            await sleep(clock, times.voiceMs, signal);
            emitted();
          }
          voice.said.length = 0;
          yield* stream.speak(text, signal);
        },
        close() {},
      };
    },
    close: () => voice.close(),
  };
}
