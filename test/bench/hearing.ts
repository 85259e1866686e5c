import { systemClock } from '../../runtime/clock.ts';
import { AudioMeter } from '../../runtime/media/audio-quality.ts';
import { openEnergyVoiceActivity } from '../../runtime/media/energy-voice-activity.ts';
import { decodeMuLawToFloat } from '../../runtime/media/mulaw.ts';
import {
  Listening,
  SileroModel,
  WINDOW_MS,
  WINDOW_SAMPLES,
} from '../../src/providers/embedded/voice-activity/silero-model.ts';
import { locateSileroModel } from '../../src/providers/embedded/voice-activity/silero-package.ts';
import { SpeechGate } from '../../src/providers/embedded/voice-activity/speech-gate.ts';
import {
  babble,
  type Conversation,
  conversationOf,
  type Fit,
  fitOf,
  gusts,
  hum,
  MARK_MS,
  marksOf,
  noVoices,
  onLine,
  pink,
  recordedClips,
  rumble,
  type Sound,
  spokenClips,
  white,
} from '../harness/line-sounds.ts';
import type { Bench, Figure } from './bench.ts';

/** The thresholds were tuned on the other two of Flite's English voices. */
const VOICES = ['awb', 'kal'];
const NO_VOICE_MS = 30_000;
const FRAME_BYTES = 160;
const COST_FRAMES = 100_000;

/** How well the detector in plain TypeScript finds voices, beside Silero, and what it and the meter cost. */
export const hearing: Bench = {
  name: 'hearing',
  title: 'Voices found by the edge’s own detector, and what listening costs',
  async run({ onProgress }) {
    onProgress('speaking');
    const clips = [...(await spokenClips(VOICES)), ...recordedClips()];
    const said = conversationOf(clips);
    const quiet = conversationOf(clips, -42);
    const lastsMs = said.voice.length * MARK_MS;
    const silero = await SileroModel.load(locateSileroModel());
    const detector = openEnergyVoiceActivity();

    const figures: Figure[] = [];
    const judge = async (name: string, conversation: Conversation, ...sounds: readonly Sound[]) => {
      onProgress(name);
      const audio = onLine(conversation.sound, ...sounds);
      const fit = fitOf(marksOf(detector, audio), conversation);
      const other = fitOf(await sileroMarks(silero, audio), conversation);
      figures.push({ name, value: 100 * fit.hits, unit: '%', note: `${told(fit)}; Silero ${told(other)}` });
    };

    await judge('a quiet line', said);
    await judge('a quiet talker, -42 dBov', quiet);
    const noises: Record<string, (dbov: number) => Sound> = {
      'white noise': dbov => white(lastsMs, dbov),
      'pink noise': dbov => pink(lastsMs, dbov),
      'a car': dbov => rumble(lastsMs, dbov),
      hum: dbov => hum(lastsMs, dbov),
      gusts: dbov => gusts(lastsMs, dbov),
      'a crowd': dbov => babble(lastsMs, dbov, clips),
    };
    for (const [name, noise] of Object.entries(noises))
      for (const snrDb of [20, 10, 5, 0]) await judge(`${name}, ${snrDb} dB`, said, noise(-26 - snrDb));

    for (const [name, sound] of Object.entries(noVoices(NO_VOICE_MS))) {
      const audio = onLine(sound);
      const value = 100 * shareOf(marksOf(detector, audio));
      const other = 100 * shareOf(await sileroMarks(silero, audio));
      figures.push({
        name: `taken for a voice: ${name}`,
        value,
        unit: '%',
        note: `Silero ${other.toFixed(1)} %`,
      });
    }

    onProgress('costs');
    return { figures: [...figures, ...costs(onLine(said.sound, pink(lastsMs, -41)))], profiles: {} };
  },
};

function told({ hits, falseAlarms, found, onsetMs, onset90Ms }: Fit): string {
  const percent = (share: number) => (100 * share).toFixed(1);
  return `hits ${percent(hits)}, false ${percent(falseAlarms)}, found ${percent(found)}, after ${onsetMs}/${onset90Ms} ms`;
}

function shareOf(marks: readonly boolean[]): number {
  return marks.filter(Boolean).length / marks.length;
}

/** As its thread does, without the thread. */
async function sileroMarks(model: SileroModel, audio: Uint8Array): Promise<boolean[]> {
  const listening = new Listening();
  const gate = new SpeechGate();
  const marks: boolean[] = [];
  for (let at = 0; at + WINDOW_SAMPLES <= audio.length; at += WINDOW_SAMPLES) {
    decodeMuLawToFloat(audio.subarray(at, at + WINDOW_SAMPLES), listening.window);
    await model.judge([listening]);
    listening.keepContext();
    while (marks.length * MARK_MS < (at / WINDOW_SAMPLES + 1) * WINDOW_MS) marks.push(gate.speaking);
    gate.push(listening.probability);
  }
  return marks;
}

function costs(audio: Uint8Array): Figure[] {
  const meter = new AudioMeter();
  const stream = openEnergyVoiceActivity().open({ speechStarted() {}, speechStopped() {} });
  const each = (hear: (frame: Uint8Array) => void) => {
    const frames = Math.floor(audio.length / FRAME_BYTES);
    const startedMs = systemClock.now();
    for (let i = 0; i < COST_FRAMES; i++) {
      const at = (i % frames) * FRAME_BYTES;
      hear(audio.subarray(at, at + FRAME_BYTES));
    }
    return (1_000 * (systemClock.now() - startedMs)) / COST_FRAMES;
  };
  const note = 'a frame of 20 ms';
  // The first round is for the compiler.
  each(frame => stream.write(frame));
  each(frame => meter.write(frame, true));
  return [
    { name: 'detecting voices', value: each(frame => stream.write(frame)), unit: 'µs', note },
    {
      name: 'measuring the line',
      value: each(frame => meter.write(frame, true)),
      unit: 'µs',
      note,
      target: 1,
    },
  ];
}
