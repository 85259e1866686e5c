import type { Providers } from '../../runtime/call-host.ts';
import type {
  LanguageModel,
  Recognition,
  RecognitionListener,
  Synthesis,
  Tool,
} from '../../runtime/ports.ts';
import { openNavigator } from '../../src/providers/embedded/navigator/navigator.ts';
import { isWholePhrase } from '../../src/rehearsal/spoken-line.ts';
import { TextRecogniser, textVoiceActivity } from '../../src/rehearsal/text-ears.ts';
import { sleep } from '../../src/rehearsal/text-voice.ts';
import type { Sentence } from './heard-audio.ts';
import { audioAt } from './position-audio.ts';
import type { Process } from './process.ts';

export type Part = 'model' | 'voice' | 'recognition';

/** What a part meets when it is used: `breaks` after it has begun, `stalls` for so long before it fails. */
export type PartTrouble =
  | { kind: 'fails' }
  | { kind: 'breaks' }
  | { kind: 'stalls'; ms: number }
  | { kind: 'slow'; ms: number };

/** What the parts of one process ask of the world. */
export interface PartsWorld {
  trouble(callId: string, part: Part): PartTrouble | null;
  latencyMs(callId: string, part: Part): number;
  /** A voice is asked for a sentence. */
  spoken(callId: string, text: string, bytes: number, speaker: string): Sentence;
}

/** A quick voice: callers have little time. */
const BYTES_PER_LETTER = 160;
const CHUNK_BYTES = 1_600;
const CONFIDENCE = 0.9;

/** Ears, voice and wits of one process; they work on text, take their time, and fail as the world tells them to. */
export function openParts(world: PartsWorld, process: Process, tools: readonly Tool[]): Providers {
  return {
    voiceActivity: textVoiceActivity(),
    recognition: recognition(world, process),
    synthesis: voice(world, process),
    model: model(world, process),
    tools,
  };
}

function model(world: PartsWorld, process: Process): LanguageModel {
  const navigator = openNavigator({ clock: process, firstWordDelayMs: 0, wordDelayMs: 0 });
  return {
    name: 'model',
    async *reply(request, signal) {
      const trouble = request.said === null ? null : world.trouble(request.callId, 'model');
      if (trouble?.kind === 'fails') throw new Error('the model is gone');
      if (trouble?.kind === 'stalls') await sleep(process, trouble.ms, signal);
      if (trouble?.kind === 'stalls' && !signal.aborted) throw new Error('the model has stalled');
      if (request.said !== null) await sleep(process, world.latencyMs(request.callId, 'model'), signal);
      if (trouble?.kind === 'slow') await sleep(process, trouble.ms, signal);
      for await (const event of navigator.reply(request, signal)) {
        if (signal.aborted) return;
        yield event;
        if (trouble?.kind === 'breaks') throw new Error('the model has broken off');
      }
    },
  };
}

function voice(world: PartsWorld, process: Process): Synthesis {
  return {
    name: 'voice',
    open: ({ callId }) => ({
      async *speak(text, signal) {
        const sentence = world.spoken(callId, text, text.length * BYTES_PER_LETTER, process.name);
        onAbort(signal, sentence.cut);
        const trouble = world.trouble(callId, 'voice');
        const broke = (at: number, why: string) => {
          sentence.bytes = at;
          return new Error(why);
        };
        if (trouble?.kind === 'fails') throw broke(0, 'the voice is gone');
        await sleep(process, world.latencyMs(callId, 'voice'), signal);
        if (trouble?.kind === 'slow') await sleep(process, trouble.ms, signal);
        const stallsAt = Math.floor(sentence.bytes / 2);
        for (let at = 0; at < sentence.bytes && !signal.aborted; at += CHUNK_BYTES) {
          if (trouble?.kind === 'breaks' && at >= stallsAt) throw broke(at, 'the voice has broken off');
          if (trouble?.kind === 'stalls' && at >= stallsAt) {
            await sleep(process, trouble.ms, signal);
            if (!signal.aborted) throw broke(at, 'the voice has stalled');
            return;
          }
          yield audioAt(sentence.first, at, Math.min(CHUNK_BYTES, sentence.bytes - at));
        }
      },
      close() {},
    }),
    async close() {},
  };
}

/** A reply may have many sentences; its signal hears of one listener. */
const listeners = new WeakMap<AbortSignal, (() => void)[]>();

function onAbort(signal: AbortSignal, act: () => void): void {
  if (signal.aborted) act();
  const known = listeners.get(signal);
  if (known) known.push(act);
  else {
    const acts = [act];
    listeners.set(signal, acts);
    signal.addEventListener('abort', () => acts.forEach(each => void each()), { once: true });
  }
}

function recognition(world: PartsWorld, process: Process): Recognition {
  return {
    name: 'ears',
    detectsTurns: false,
    open({ callId, phrases, language }, listener) {
      let isStalled = false;
      const heard: Pick<RecognitionListener, 'partial' | 'final' | 'failed'> = {
        partial: (text, complete) => listener.partial(text, complete),
        final(text, confidence) {
          if (!isStalled) listener.final(text, confidence);
          isStalled = false;
        },
        failed: error => listener.failed(error),
      };
      const ears = new TextRecogniser(
        {
          clock: process,
          delayMs: () => world.latencyMs(callId, 'recognition'),
          confidence: () => CONFIDENCE,
          isComplete: isWholePhrase,
        },
        { phrases, language },
        heard,
      );
      return {
        write: audio => ears.write(audio),
        speechStarted: () => ears.speechStarted(),
        speechStopped: () => ears.speechStopped(),
        expect: expected => ears.expect(expected),
        finish() {
          const trouble = world.trouble(callId, 'recognition');
          if (trouble?.kind === 'fails' || trouble?.kind === 'breaks') {
            listener.failed(new Error('the ears are gone'));
            return;
          }
          if (trouble?.kind === 'stalls') isStalled = true;
          if (trouble?.kind === 'slow') process.setTimeout(() => ears.isClosed || ears.finish(), trouble.ms);
          else ears.finish();
        },
        close: () => ears.close(),
      };
    },
    async close() {},
  };
}
