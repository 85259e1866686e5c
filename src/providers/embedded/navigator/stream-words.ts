import type { Clock } from '../../../../runtime/clock.ts';
import type { ModelEvent } from '../../../../runtime/ports.ts';

/** How fast words come. */
export interface Pace {
  clock: Clock;
  /** Pause before the first word of a line, as a model would make. 0 for none. */
  firstWordDelayMs: number;
  /** Pause before every further word. 0 for none. */
  wordDelayMs: number;
}

/** Yields a line word by word, at a model's pace. Joined, the pieces are the line. Stops early when aborted. */
export async function* streamWords(
  line: string,
  { clock, firstWordDelayMs, wordDelayMs }: Pace,
  signal: AbortSignal,
): AsyncIterable<ModelEvent> {
  let delayMs = firstWordDelayMs;
  for (const text of line.match(/\s*\S+/g) ?? []) {
    if (delayMs > 0) await pause(clock, delayMs, signal);
    if (signal.aborted) return;
    yield { type: 'text', text };
    delayMs = wordDelayMs;
  }
}

/** Settles after `delayMs`, or at once when the signal is aborted; leaves no timer behind. */
function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise(resolve => {
    const finish = () => {
      clock.clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = clock.setTimeout(finish, delayMs);
    signal.addEventListener('abort', finish);
  });
}
