import type { AudioMeasure } from '../../runtime/media/audio-quality.ts';
import type { ModelRequest } from '../../runtime/ports.ts';

export interface AudioQuality {
  /** The worse of what the recogniser makes of the line and what was measured on it. */
  quality: 'high' | 'medium' | 'low';
  /** Average confidence of the recogniser, 0 … 1. */
  confidence: number;
  /** Of how many turns. */
  turns: number;
}

/** What to do about the caller's words, and why as the rest of a sentence. */
export type Hearing = { as: 'heard' } | { as: 'tooBad' | 'noVoice'; why: string };

/** Above these, a caller is heard well, or well enough. */
const HIGH = 0.8;
const MEDIUM = 0.5;
/** One mumbled word says little of a line; its last turns do. */
const LAST_TURNS = 3;
/** Who has asked so often answers with what there is: some lines do not get better. */
const MOST_REPEATS = 2;
/** On a line as loud as this a voice may be there and not stand out, in dBov. */
const LOUD_LINE_DBOV = -45;

const order = ['low', 'medium', 'high'] as const;

/**
 * How well the caller is heard: how sure the recogniser was of the latest turns, and what was measured of this one. Null when
 * no voice was heard.
 */
export function audioQualityOf(request: ModelRequest): AudioQuality | null {
  const told = toldQuality(request);
  const measured = request.audio?.class ?? 'none';
  if (told === null || measured === 'none') return told;
  const worse = Math.min(order.indexOf(told.quality), order.indexOf(measured));
  return { ...told, quality: order[worse] ?? 'low' };
}

/** By the recogniser alone. */
function toldQuality({ by, said, confidence, history }: ModelRequest): AudioQuality | null {
  const earlier = history.flatMap(message => message.confidence ?? []);
  const now = by === 'voice' && said !== null ? [confidence] : [];
  const latest = [...earlier, ...now].slice(-LAST_TURNS);
  if (latest.length === 0) return null;
  const average = latest.reduce((sum, one) => sum + one, 0) / latest.length;
  const quality = average > HIGH ? 'high' : average > MEDIUM ? 'medium' : 'low';
  return { quality, confidence: average, turns: latest.length };
}

/**
 * Whether the words are worth a model. They are not where the recogniser is in doubt and the line is bad, as measured or by its
 * latest turns: then the caller is asked for them again. Nor where it is in doubt and there was no voice: then the caller is
 * waited for.
 */
export function hearingOf(request: ModelRequest): Hearing {
  const measured = measuredHearing(request);
  if (measured.as !== 'heard' || !mayAskAgain(request) || request.confidence > MEDIUM) return measured;
  const told = toldQuality(request);
  if (told?.quality !== 'low') return measured;
  const over = told.turns === 1 ? '' : ` over ${told.turns} turns`;
  return { as: 'tooBad', why: `the line is bad (confidence ${told.confidence.toFixed(2)}${over})` };
}

/**
 * The same for words that no model but the flow itself answers. It knows by itself what to make of little confidence on a good line, but
 * on one that is no more than medium it takes a long sentence for the one short phrase it knows.
 */
export function flowHearing(request: ModelRequest): Hearing {
  const { audio, confidence } = request;
  const measured = measuredHearing(request);
  if (measured.as !== 'heard' || audio?.class !== 'medium') return measured;
  return confidence <= MEDIUM && mayAskAgain(request) ? tooBad(audio, confidence) : measured;
}

/** By the measure of the line alone. */
function measuredHearing(request: ModelRequest): Hearing {
  const { audio, confidence } = request;
  if (!audio || confidence > HIGH || !mayAskAgain(request)) return { as: 'heard' };
  const isLoud = (audio.noiseDbov ?? Number.NEGATIVE_INFINITY) > LOUD_LINE_DBOV;
  if (audio.class === 'none' && !isLoud && confidence <= MEDIUM)
    return { as: 'noVoice', why: `no voice was measured (${figuresOf(audio, confidence)})` };
  const isBad = audio.class === 'low' || (audio.class === 'none' && isLoud);
  return isBad ? tooBad(audio, confidence) : { as: 'heard' };
}

function tooBad(audio: AudioMeasure, confidence: number): Hearing {
  return { as: 'tooBad', why: `the line is bad (${figuresOf(audio, confidence)})` };
}

/** New words by voice, from a caller who has not been asked for them too often. */
function mayAskAgain({ by, said, step, rounds, flow, misunderstood }: ModelRequest): boolean {
  const isNew = by === 'voice' && said !== null && step === 0 && rounds.length === 0;
  // Before a tool nothing but the tool leads on, whatever was said.
  return isNew && !flow.tool && misunderstood < MOST_REPEATS;
}

/** As `confidence 0.72; voice -31 dBov, 4 dB above the noise`. */
function figuresOf(audio: AudioMeasure, confidence: number): string {
  const { speechDbov, noiseDbov, snrDb, clippedShare, lostShare, voiceMs } = audio;
  const percent = (share: number) => `${Math.round(100 * share)} %`;
  const measured = [
    speechDbov === null ? `${voiceMs} ms of voice` : `voice ${Math.round(speechDbov)} dBov`,
    snrDb === null ? null : `${Math.round(snrDb)} dB above the noise`,
    snrDb === null && noiseDbov !== null ? `noise ${Math.round(noiseDbov)} dBov` : null,
    clippedShare > 0 ? `${percent(clippedShare)} clipped` : null,
    lostShare > 0 ? `${percent(lostShare)} lost` : null,
  ]
    .filter(Boolean)
    .join(', ');
  return `confidence ${confidence.toFixed(2)}; ${measured}`;
}
