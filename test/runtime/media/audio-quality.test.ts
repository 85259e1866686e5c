import fc from 'fast-check';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { type AudioMeasure, AudioMeter } from '../../../runtime/media/audio-quality.ts';
import { openEnergyVoiceActivity } from '../../../runtime/media/energy-voice-activity.ts';
import { MU_LAW_SILENCE } from '../../../runtime/media/mulaw.ts';
import {
  babble,
  type Clip,
  type Conversation,
  conversationOf,
  MARK_MS,
  noVoices,
  onLine,
  pink,
  recordedClips,
  SENTENCES,
  type Sound,
  spokenClips,
  white,
} from '../../harness/line-sounds.ts';

const FRAME = 160;
let clips: Clip[];
let said: Conversation;
let lastsMs: number;

beforeAll(async () => {
  clips = [...(await spokenClips(['awb', 'slt'], SENTENCES.slice(0, 4))), ...recordedClips()];
  said = conversationOf(clips);
  lastsMs = said.voice.length * MARK_MS;
});

/** Of each utterance, measured when its end is certain. */
function measured(audio: Uint8Array, { utterances }: Conversation, frameBytes = FRAME): AudioMeasure[] {
  const meter = new AudioMeter();
  let hasVoice = false;
  const voice = openEnergyVoiceActivity().open({
    speechStarted: () => {
      hasVoice = true;
    },
    speechStopped: () => {
      hasVoice = false;
    },
  });
  const measures: AudioMeasure[] = [];
  for (let at = 0; at < audio.length; at += frameBytes) {
    voice.write(audio.subarray(at, at + frameBytes));
    meter.write(audio.subarray(at, at + frameBytes), hasVoice);
    const end = utterances[measures.length]?.to ?? Number.POSITIVE_INFINITY;
    if (at / 8 < (end + 40) * MARK_MS) continue;
    measures.push(meter.measure());
    meter.forget();
  }
  return measures;
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] as number;
const classes = (measures: readonly AudioMeasure[]) => [...new Set(measures.map(each => each.class))].sort();

describe('tells how far a voice stands out', () => {
  const kinds: [string, (dbov: number) => Sound][] = [
    ['white noise', dbov => white(lastsMs, dbov)],
    ['pink noise', dbov => pink(lastsMs, dbov)],
    ['a crowd', dbov => babble(lastsMs, dbov, clips)],
  ];
  it.each(kinds)('of %s, within two decibels down to 5', (_, noise) => {
    for (const snrDb of [20, 10, 5]) {
      const measures = measured(onLine(said.sound, noise(-26 - snrDb)), said);
      expect(measures).toHaveLength(said.utterances.length);
      expect(Math.abs(median(measures.map(each => each.snrDb ?? Number.NaN)) - snrDb)).toBeLessThan(1.5);
      expect(Math.abs(median(measures.map(each => each.speechDbov ?? Number.NaN)) + 26)).toBeLessThan(1.5);
      expect(Math.abs(median(measures.map(each => each.noiseDbov ?? Number.NaN)) + 26 + snrDb)).toBeLessThan(
        1,
      );
    }
  });
});

test('A voice is heard well 20 dB above the noise, well enough at 10, badly at 5, and badly or not at all at 0', () => {
  const at = (snrDb: number) => measured(onLine(said.sound, pink(lastsMs, -26 - snrDb)), said);
  expect(classes(at(20))).toEqual(['high']);
  expect(classes(at(10))).toEqual(['medium']);
  const bad = at(5).filter(each => each.class === 'low');
  expect(bad.length).toBeGreaterThan(0.8 * said.utterances.length);
  for (const each of at(0)) expect(['low', 'none']).toContain(each.class);
});

test('A quiet talker is heard well enough, and a whisper is not', () => {
  const quiet = conversationOf(clips, -45);
  const whispered = conversationOf(clips, -51);
  for (const each of measured(onLine(quiet.sound), quiet)) expect(['medium', 'high']).toContain(each.class);
  const bad = measured(onLine(whispered.sound), whispered).filter(each =>
    ['low', 'none'].includes(each.class),
  );
  expect(bad.length).toBeGreaterThan(0.6 * said.utterances.length);
});

test('Overload shows in the samples at the loudest code', () => {
  const shares = [0, 12, 24].map(db =>
    median(
      measured(onLine(said.sound.map(sample => sample * 10 ** ((8 + db) / 20))), said).map(
        each => each.clippedShare,
      ),
    ),
  );
  expect(shares[0]).toBe(0);
  expect(shares[1]).toBeGreaterThan(0.02);
  expect(shares[2]).toBeGreaterThan(0.15);
  const hoarse = measured(onLine(said.sound.map(sample => sample * 10 ** (32 / 20))), said);
  expect(hoarse.filter(each => each.class === 'high')).toEqual([]);
});

test('Frames lost in the middle of a voice are counted, and the pauses of speech are not', () => {
  const audio = onLine(said.sound);
  expect(measured(audio, said).map(each => each.lostShare)).toEqual(said.utterances.map(() => 0));
  for (let frame = 0; frame < audio.length / FRAME; frame++)
    if (frame % 7 === 0) audio.fill(MU_LAW_SILENCE, frame * FRAME, (frame + 1) * FRAME);
  const measures = measured(audio, said);
  expect(median(measures.map(each => each.lostShare))).toBeGreaterThan(0.07);
  expect(measures.filter(each => each.class === 'high').length).toBeLessThan(measures.length / 2);
});

const sounds = noVoices(10_000);
test.each(['comfort noise', 'pink noise', 'dial tone', 'clicks'])('There is no voice in %s', name => {
  const none: Conversation = { sound: new Float64Array(), voice: [], utterances: [{ from: 0, to: 900 }] };
  const [measure] = measured(onLine(sounds[name]!), none);
  expect(measure).toMatchObject({ class: 'none', score: 0, speechDbov: null, snrDb: null });
});

test('A call that begins with a voice is not blamed for a noise that nobody knows', () => {
  const meter = new AudioMeter();
  const { from, to } = said.utterances[0]!;
  meter.write(onLine(said.sound).subarray(from * 80, to * 80), true);
  expect(meter.measure()).toMatchObject({ class: 'high', noiseDbov: null, snrDb: null });
});

test('Pieces of any size are measured alike', () => {
  const audio = onLine(said.sound, pink(lastsMs, -41));
  const usual = measured(audio, said);
  for (const frameBytes of [80, 320, 800])
    for (const [at, { snrDb, speechDbov }] of measured(audio, said, frameBytes).entries()) {
      expect(Math.abs((snrDb ?? 0) - (usual[at]?.snrDb ?? 0))).toBeLessThan(1.5);
      expect(Math.abs((speechDbov ?? 0) - (usual[at]?.speechDbov ?? 0))).toBeLessThan(1.5);
    }
});

test('Whatever comes over the line, every figure is a number in its range', () => {
  const pieces = fc.array(fc.tuple(fc.uint8Array({ maxLength: 900 }), fc.boolean()), { maxLength: 60 });
  fc.assert(
    fc.property(pieces, written => {
      const meter = new AudioMeter();
      for (const [audio, hasVoice] of written) meter.write(audio, hasVoice);
      const { score, clippedShare, lostShare, voiceMs, speechDbov, noiseDbov, snrDb } = meter.measure();
      for (const share of [score, clippedShare, lostShare]) {
        expect(share).toBeGreaterThanOrEqual(0);
        expect(share).toBeLessThanOrEqual(1);
      }
      for (const db of [speechDbov, noiseDbov, snrDb])
        if (db !== null) expect(Number.isFinite(db)).toBe(true);
      expect(voiceMs % 20).toBe(0);
      meter.forget();
      expect(meter.measure()).toMatchObject({ class: 'none', voiceMs: 0 });
    }),
  );
});
