import type { Clock, TimerHandle } from '../../runtime/clock.ts';
import { BYTES_PER_MS } from '../../runtime/media/media-streams.ts';
import type { Synthesis } from '../../runtime/ports.ts';

/** As an unhurried voice speaks: some 16 letters a second. */
export const MS_PER_LETTER = 60;
const CHUNK_BYTES = 200 * BYTES_PER_MS;
/** Only its length is ever looked at. */
const chunk = new Uint8Array(CHUNK_BYTES).fill(0x55);

export interface TextVoice extends Synthesis {
  /** Every sentence, in order. */
  readonly said: string[];
  /** Makes it throw. */
  failing: boolean;
  bytesPerLetter: number;
}

/** A voice that takes its time and makes no sound: audio as long as the text would be, after `firstAudioMs()`. */
export function textVoice(clock: Clock, firstAudioMs: () => number = () => 0): TextVoice {
  const voice: TextVoice = {
    name: 'text',
    said: [],
    failing: false,
    bytesPerLetter: MS_PER_LETTER * BYTES_PER_MS,
    open: () => ({
      async *speak(text: string, signal: AbortSignal) {
        if (voice.failing) throw new Error('the voice is gone');
        voice.said.push(text);
        const delayMs = firstAudioMs();
        if (delayMs > 0) await sleep(clock, delayMs, signal);
        for (let left = text.length * voice.bytesPerLetter; left > 0 && !signal.aborted; left -= CHUNK_BYTES)
          yield chunk.subarray(0, Math.min(left, CHUNK_BYTES));
      },
      close() {},
    }),
    async close() {},
  };
  return voice;
}

/** Settles after `ms`, or at once when the signal is aborted; leaves no timer behind. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise(resolve => {
    let timer: TimerHandle = null;
    const done = () => {
      clock.clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    timer = clock.setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
