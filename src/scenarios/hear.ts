import { readFile } from 'node:fs/promises';
import { expectedPhrases } from '../../machines/expected-phrases.ts';
import type { FlowView } from '../../machines/flow-view.ts';
import { BYTES_PER_MS } from '../../runtime/media/media-streams.ts';
import { decodeMuLawToFloat, MU_LAW_SILENCE } from '../../runtime/media/mulaw.ts';
import type { Recognition } from '../../runtime/ports.ts';
import { readWav } from '../caller/wav.ts';
import type { RecognitionLog } from '../providers/embedded/recognition/pocketsphinx.ts';

/** What the embedded recogniser makes of a recording. */
export interface HeardFile {
  text: string;
  confidence: number;
  /** From the first voice to the last. */
  voiceMs: number;
}

/** Hears a WAV file against the phrases that are expected where the flow stands. */
export type Hear = (path: string, flow: FlowView, language: string) => Promise<HeardFile>;

export interface Hearing {
  hear: Hear;
  close(): Promise<void>;
}

/** The voice of a recording, in bytes from its beginning. */
interface Voice {
  from: number;
  to: number;
}

/** Words after the last voice are waited for so long. */
const TAIL_BYTES = 300 * BYTES_PER_MS;

/**
 * The embedded ears, voice activity and recogniser, on files: as fast as they can compute, so that a recording takes no
 * time of the rehearsal's but its own. They are loaded when the first file is to be heard, and need their optional
 * packages.
 */
export function openHearing(options: { dataDir: string; log: RecognitionLog }): Hearing {
  let ears: Promise<Recognition> | null = null;
  return {
    async hear(path, flow, language) {
      const audio = await readAudio(path);
      const voice = await findVoice(audio);
      if (voice === null) return { text: '', confidence: 0, voiceMs: audio.length / BYTES_PER_MS };
      ears ??= openEars(options);
      const said = await recognise(await ears, audio, voice, expectedPhrases(flow), language);
      return { ...said, voiceMs: (voice.to - voice.from) / BYTES_PER_MS };
    },
    async close() {
      await (await ears)?.close();
    },
  };
}

async function openEars(options: { dataDir: string; log: RecognitionLog }): Promise<Recognition> {
  const { openPocketSphinxRecognition } = await import('../providers/embedded/recognition/pocketsphinx.ts');
  return openPocketSphinxRecognition(options);
}

async function readAudio(path: string): Promise<Uint8Array> {
  try {
    return readWav(await readFile(path));
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** Where Silero hears a voice, or null when there is none. */
async function findVoice(audio: Uint8Array): Promise<Voice | null> {
  const { Listening, SileroModel, WINDOW_SAMPLES } = await import(
    '../providers/embedded/voice-activity/silero-model.ts'
  );
  const { SpeechGate } = await import('../providers/embedded/voice-activity/speech-gate.ts');
  const { locateSileroModel } = await import('../providers/embedded/voice-activity/silero-package.ts');
  const model = await SileroModel.load(locateSileroModel());
  const listening = new Listening();
  const gate = new SpeechGate();
  let from: number | null = null;
  let to = 0;
  for (let at = 0; at + WINDOW_SAMPLES <= audio.length; at += WINDOW_SAMPLES) {
    decodeMuLawToFloat(audio.subarray(at, at + WINDOW_SAMPLES), listening.window);
    await model.judge([listening]);
    gate.push(listening.probability);
    if (!gate.speaking) continue;
    from ??= at;
    to = at + WINDOW_SAMPLES;
  }
  return from === null ? null : { from, to };
}

async function recognise(
  ears: Recognition,
  audio: Uint8Array,
  voice: Voice,
  phrases: readonly string[],
  language: string,
): Promise<{ text: string; confidence: number }> {
  return new Promise((resolve, reject) => {
    const stream = ears.open(
      { callId: 'recording', language, phrases },
      {
        partial() {},
        final(text, confidence) {
          stream.close();
          resolve({ text, confidence });
        },
        failed: reject,
      },
    );
    stream.write(audio.subarray(0, voice.from));
    stream.speechStarted();
    stream.write(audio.subarray(voice.from, voice.to));
    stream.write(new Uint8Array(TAIL_BYTES).fill(MU_LAW_SILENCE));
    stream.speechStopped();
    stream.finish();
  });
}
