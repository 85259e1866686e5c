import type { ModelEvent } from '../../../../runtime/ports.ts';
import type { NavigatorOptions } from './navigator.ts';

/** Yields a line word by word, at a model's pace. Joined, the pieces are the line. Stops early when aborted. */
export async function* streamWords(
  line: string,
  { clock, firstWordDelayMs, wordDelayMs }: NavigatorOptions,
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
function pause(clock: NavigatorOptions['clock'], delayMs: number, signal: AbortSignal): Promise<void> {
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
