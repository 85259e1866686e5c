import { chunksOf } from '../speech/sound.ts';
import type { DeepgramSession, DeepgramSessionOptions } from './wire.ts';

/** Of Aura, per https://developers.deepgram.com/docs/tts-websocket#limits. */
export const MAX_SPEAK_CHARS = 2_000;
const MAX_CHARS_A_MINUTE = 2_400;
const MAX_FLUSHES_A_MINUTE = 20;
const MINUTE_MS = 60_000;
const LIFE_MS = 60 * MINUTE_MS;

/** Aura on the WebSocket `/v1/speak`. */
export function openSpeak({
  clock,
  query,
  voice,
  firstAudioDelayMs,
  requestId,
  output,
  close,
}: DeepgramSessionOptions): DeepgramSession {
  const openedMs = clock.now();
  const model = query.get('model') ?? '';
  let text = '';
  let sequence = 0;
  let spoken: { atMs: number; chars: number }[] = [];
  let flushedMs: number[] = [];

  const say = (message: object) => output.push(JSON.stringify(message));

  function speak(value: unknown): void {
    const refused = refuse(value);
    if (refused) close(refused.code, refused.reason);
    else text += value;
  }

  function refuse(value: unknown): { code: number; reason: string } | null {
    if (typeof value !== 'string') return { code: 1008, reason: 'DATA-0000' };
    if (value.length > MAX_SPEAK_CHARS) return { code: 1009, reason: 'BIG-0001' };
    spoken = spoken.filter(({ atMs }) => clock.now() - atMs < MINUTE_MS);
    spoken.push({ atMs: clock.now(), chars: value.length });
    const chars = spoken.reduce((sum, each) => sum + each.chars, 0);
    return chars > MAX_CHARS_A_MINUTE ? { code: 1008, reason: 'DATA-0001' } : null;
  }

  function flush(): void {
    flushedMs = flushedMs.filter(atMs => clock.now() - atMs < MINUTE_MS);
    if (flushedMs.length >= MAX_FLUSHES_A_MINUTE) {
      say({
        type: 'Warning',
        code: 'EXCESSIVE_FLUSH',
        description: 'More than 20 flushes in 60 seconds.',
      });
      return;
    }
    flushedMs.push(clock.now());
    chunksOf(voice(text)).forEach((chunk, i) => void output.push(chunk, i === 0 ? firstAudioDelayMs : 0));
    text = '';
    say({ type: 'Flushed', sequence_id: sequence++ });
  }

  say({
    type: 'Metadata',
    request_id: requestId,
    model_name: model,
    model_version: '2026-01-01.0',
    model_uuid: '00000000-0000-4000-8000-00000000a002',
  });
  return {
    idleLimitMs: MINUTE_MS,
    audio: () => close(1003, 'MESSAGE-0000'),
    message(message) {
      if (clock.now() - openedMs >= LIFE_MS) close(1011, 'NET-0003');
      else if (message.type === 'Speak') speak(message.text);
      else if (message.type === 'Flush') flush();
      else if (message.type === 'Clear') {
        text = '';
        output.clear();
        say({ type: 'Cleared', sequence_id: sequence++ });
      } else if (message.type === 'Close') {
        if (text) flush();
        close(1000, '');
      } else close(1008, 'DATA-0000');
    },
  };
}
