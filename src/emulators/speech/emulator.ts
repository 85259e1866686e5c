import type { Clock } from '../../../runtime/clock.ts';
import { systemClock } from '../../../runtime/clock.ts';
import type { Emulator } from '../emulator.ts';
import { type Hear, hearLoudness } from './hearing.ts';
import { toneOf } from './sound.ts';

/** What an emulated service hears and how it sounds. */
export interface SpeechEmulatorOptions {
  /** For delays, idle limits and rates. */
  clock: Clock;
  /** What 20 ms of mu-law hold. */
  hear: Hear;
  /** What is heard when `hear` knows of voices only. Taken one by one. */
  transcripts: string[];
  /** What is heard where the client lets the language be detected. */
  language: string;
  /** Mu-law for a text. */
  voice: (text: string) => Uint8Array;
  firstAudioDelayMs: number;
}

export interface SpeechEmulator extends Emulator {
  readonly openSockets: number;
  /** What callers will be heard to say, one by one, where `hear` knows of voices only. */
  readonly transcripts: string[];
  /** Ends all sockets: without a word, or with a close code. */
  dropSockets(code?: number, reason?: string): void;
}

/** Real time; a voice where it is loud, its words from `transcripts`; 60 ms of sound a character, at once. */
export function withDefaults(
  options: Partial<SpeechEmulatorOptions>,
  language: string,
): SpeechEmulatorOptions {
  return {
    clock: options.clock ?? systemClock,
    hear: options.hear ?? hearLoudness,
    transcripts: options.transcripts ?? [],
    language: options.language ?? language,
    voice: options.voice ?? toneOf,
    firstAudioDelayMs: options.firstAudioDelayMs ?? 0,
  };
}
