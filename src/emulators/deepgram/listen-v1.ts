import { Framer, seconds, spreadWords, type TimedWord } from '../speech/hearing.ts';
import type { DeepgramSession, DeepgramSessionOptions } from './wire.ts';

/** Interim results come about once a second; a segment is closed after five without a pause. */
const INTERIM_FRAMES = 50;
const MAX_SEGMENT_FRAMES = 250;
/** Finalize goes without an answer when less than this is pending and no word is in it. */
const MIN_FINALIZE_FRAMES = 25;
const CONFIDENCE = 0.98;

/** Nova on `/v1/listen`: all times are positions in the audio, not on a clock. */
export function openListenV1({
  query,
  hear,
  transcripts,
  language,
  requestId,
  output,
  close,
}: DeepgramSessionOptions): DeepgramSession {
  const endpointingMs =
    query.get('endpointing') === 'false' ? Infinity : Number(query.get('endpointing') ?? 10);
  const endpointFrames = Math.max(1, Math.round(endpointingMs / 20));
  const utteranceEndFrames = Number(query.get('utterance_end_ms') ?? Infinity) / 20;
  const withInterims = query.get('interim_results') === 'true';
  const withVadEvents = query.get('vad_events') === 'true';
  const framer = new Framer();

  let at = 0;
  let segmentStart = 0;
  let interimAt = 0;
  let words: TimedWord[] = [];
  let inSpeech = false;
  let voiceStart = 0;
  let voiceEnd = 0;
  let utteranceOpen = false;

  const say = (message: object) => output.push(JSON.stringify(message));

  function results(flags: { is_final: boolean; speech_final: boolean; from_finalize?: boolean }): void {
    const multi = query.get('language') === 'multi';
    say({
      type: 'Results',
      channel_index: [0, 1],
      duration: seconds(at - segmentStart),
      start: seconds(segmentStart),
      ...flags,
      from_finalize: flags.from_finalize ?? false,
      channel: {
        alternatives: [
          {
            transcript: words.map(({ word }) => word).join(' '),
            confidence: words.length > 0 ? CONFIDENCE : 0,
            ...(multi && words.length > 0 ? { languages: [language] } : {}),
            words: words.map(word => ({
              ...word,
              punctuated_word: word.word,
              ...(multi ? { language } : {}),
            })),
          },
        ],
      },
      metadata: {
        request_id: requestId,
        model_info: { name: 'general-nova-3', version: '2026-01-01.0', arch: 'nova-3' },
        model_uuid: '00000000-0000-4000-8000-000000000003',
      },
    });
  }

  function closeSegment(flags: { speech_final: boolean; from_finalize?: boolean }): void {
    if (words.length === 0 && voiceEnd > Math.max(segmentStart, voiceStart)) {
      const next = transcripts.shift();
      if (next) {
        words = spreadWords(next, seconds(voiceStart), seconds(voiceEnd), CONFIDENCE);
        utteranceOpen = true;
      }
    }
    results({ is_final: true, ...flags });
    words = [];
    segmentStart = at;
    interimAt = at;
  }

  function frame(heard: { isVoice: boolean; word: string | null }): void {
    if (heard.isVoice) {
      if (!inSpeech) {
        inSpeech = true;
        voiceStart = at;
        if (withVadEvents) say({ type: 'SpeechStarted', channel: [0], timestamp: seconds(at) });
      }
      voiceEnd = at + 1;
      const last = words.at(-1);
      if (last && !heard.word) last.end = seconds(at + 1);
    }
    if (heard.word) {
      words.push({ word: heard.word, start: seconds(at), end: seconds(at + 1), confidence: CONFIDENCE });
      utteranceOpen = true;
    }
    at++;

    if (inSpeech && at - voiceEnd >= endpointFrames) {
      inSpeech = false;
      closeSegment({ speech_final: true });
    } else if (at - segmentStart >= MAX_SEGMENT_FRAMES) closeSegment({ speech_final: false });
    else if (withInterims && at - interimAt >= INTERIM_FRAMES) {
      interimAt = at;
      results({ is_final: false, speech_final: false });
    }
    if (utteranceOpen && at - voiceEnd >= utteranceEndFrames) {
      utteranceOpen = false;
      say({ type: 'UtteranceEnd', channel: [0, 1], last_word_end: seconds(voiceEnd) });
    }
  }

  function finish(): void {
    if (at > segmentStart) closeSegment({ speech_final: false });
    say({
      type: 'Metadata',
      transaction_key: 'deprecated',
      request_id: requestId,
      sha256: '0'.repeat(64),
      created: '2026-01-01T00:00:00.000Z',
      duration: seconds(at),
      channels: 1,
    });
    close(1000, '');
  }

  return {
    idleLimitMs: 10_000,
    audio(bytes) {
      // An empty frame is taken for the end of the stream.
      if (bytes.length === 0) return finish();
      for (const piece of framer.push(bytes)) frame(hear(piece));
    },
    message(message) {
      if (message.type === 'Finalize') {
        if (words.length > 0 || at - segmentStart >= MIN_FINALIZE_FRAMES)
          closeSegment({ speech_final: false, from_finalize: true });
      } else if (message.type === 'CloseStream') finish();
      else if (message.type !== 'KeepAlive') close(1008, 'DATA-0000');
    },
  };
}
