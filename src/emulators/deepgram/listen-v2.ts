import { Framer, seconds, spreadWords, type TimedWord } from '../speech/hearing.ts';
import type { DeepgramSession, DeepgramSessionOptions } from './wire.ts';

const UPDATE_FRAMES = 12;
/** Pauses that pass for the end of a turn, at a glance and for certain. */
const EAGER_FRAMES = 12;
const END_FRAMES = 30;
const CONFIDENCE = 0.97;

/** Flux on `/v2/listen`: turns, with an eager end where the query asks for one. */
export function openListenV2({
  query,
  hear,
  transcripts,
  language,
  requestId,
  output,
  close,
}: DeepgramSessionOptions): DeepgramSession {
  let isEager = query.has('eager_eot_threshold');
  const timeoutFrames = Number(query.get('eot_timeout_ms') ?? 5_000) / 20;
  // 1.0 leaves the end of a turn to the time-out.
  const endFrames = Number(query.get('eot_threshold') ?? 0.7) === 1 ? timeoutFrames : END_FRAMES;
  const framer = new Framer();

  let sequence = 0;
  let turn = 0;
  let at = 0;
  let windowStart = 0;
  let updateAt = 0;
  let words: TimedWord[] = [];
  let started = false;
  let eager = false;
  let voiceStart = 0;
  let voiceEnd = 0;

  const say = (message: object) =>
    output.push(JSON.stringify({ ...message, request_id: requestId, sequence_id: sequence++ }));
  const tell = (event: string, confidence: number, more: object = {}) => {
    updateAt = at;
    say({
      type: 'TurnInfo',
      event,
      turn_index: turn,
      audio_window_start: seconds(windowStart),
      audio_window_end: seconds(at),
      transcript: words.map(({ word }) => word).join(' '),
      words: words.map(({ word, start, end, confidence: sure }) => ({ word, confidence: sure, start, end })),
      end_of_turn_confidence: confidence,
      ...(query.get('model') === 'flux-general-multi' ? { languages: [language] } : {}),
      ...more,
    });
  };

  function endTurn(trigger: string): void {
    tell('EndOfTurn', 0.9, { trigger });
    turn++;
    windowStart = at;
    words = [];
    started = false;
    eager = false;
  }

  function start(): void {
    if (started) return;
    started = true;
    tell('StartOfTurn', 0.05);
  }

  function pause(frames: number): void {
    if (!started && frames === EAGER_FRAMES && voiceEnd > windowStart && transcripts.length > 0) {
      words = spreadWords(transcripts.shift()!, seconds(voiceStart), seconds(voiceEnd), CONFIDENCE);
      start();
    }
    if (!started) return;
    if (isEager && !eager && frames === EAGER_FRAMES) {
      eager = true;
      tell('EagerEndOfTurn', 0.5);
    } else if (frames >= endFrames) endTurn(frames >= timeoutFrames ? 'timeout' : 'model');
  }

  function frame(heard: { isVoice: boolean; word: string | null }): void {
    if (heard.isVoice && at > voiceEnd) voiceStart = at;
    if (heard.isVoice) voiceEnd = at + 1;
    if (heard.word) {
      if (eager) {
        eager = false;
        tell('TurnResumed', 0.1);
      }
      words.push({ word: heard.word, start: seconds(at), end: seconds(at + 1), confidence: CONFIDENCE });
    }
    at++;
    if (heard.word) start();

    if (!heard.isVoice) pause(at - voiceEnd);
    if (at - updateAt >= UPDATE_FRAMES) tell('Update', 0.1);
  }

  function refuse(code: string, description: string): void {
    say({ type: 'Error', code, description });
    close(1008, code);
  }

  say({ type: 'Connected' });
  return {
    idleLimitMs: null,
    audio(bytes) {
      for (const piece of framer.push(bytes)) frame(hear(piece));
    },
    message(message) {
      if (message.type === 'CloseStream') {
        if (started) endTurn('manual');
        close(1000, '');
      } else if (message.type === 'Configure') {
        const thresholds = (message.thresholds ?? {}) as { eager_eot_threshold?: number };
        if (thresholds.eager_eot_threshold !== undefined) isEager = true;
        say({ type: 'ConfigureSuccess', thresholds, keyterms: message.keyterms ?? [] });
      } else refuse('UNPARSABLE_CLIENT_MESSAGE', 'The message is not understood.');
    },
  };
}
