import type { Clock } from '../../../runtime/clock.ts';
import { ProviderError, type ProviderFault } from '../../../runtime/provider-error.ts';
import type { ChatEvent, ChatProvider, ChatRequest } from '../../../src/language/chat.ts';

/** What a scripted provider does with a request: events in order, waits in between, a failure in place of the rest. */
export type Script = readonly (
  | ChatEvent
  | { waitMs: number }
  | { fail: ProviderFault; retryAfterMs?: number }
  | 'breaks off'
  | 'hangs'
)[];

export const says = (text: string): ChatEvent => ({ type: 'text', text });
export const stop: ChatEvent = { type: 'stop', reason: 'complete' };
export const calls = (name: string, input: Record<string, unknown> = {}): ChatEvent => ({
  type: 'toolCall',
  call: { id: 'call-1', name, input },
});

/** A provider that follows its scripts, one a request, the last for all that follow. */
export class ScriptedChat implements ChatProvider {
  readonly name: string;
  readonly requests: ChatRequest[] = [];
  /** Requests that were taken back. */
  aborted = 0;
  readonly #clock: Clock;
  readonly #scripts: Script[];

  constructor(name: string, clock: Clock, ...scripts: Script[]) {
    this.name = name;
    this.#clock = clock;
    this.#scripts = scripts;
  }

  async *stream(request: ChatRequest, signal: AbortSignal): AsyncIterable<ChatEvent> {
    this.requests.push(request);
    const script = this.#scripts.length > 1 ? this.#scripts.shift()! : this.#scripts[0]!;
    signal.addEventListener('abort', () => this.aborted++, { once: true });
    for (const step of script) {
      if (signal.aborted || step === 'breaks off') return;
      if (step === 'hangs') await aborted(signal);
      else if ('waitMs' in step) await this.#pause(step.waitMs, signal);
      else if ('fail' in step) {
        const { fail, retryAfterMs = null } = step;
        throw new ProviderError(fail, `failed (${fail})`, {
          provider: this.name,
          region: request.region,
          retryAfterMs,
        });
      } else yield step;
    }
  }

  async close(): Promise<void> {}

  #pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      const timer = this.#clock.setTimeout(resolve, ms);
      signal.addEventListener(
        'abort',
        () => {
          this.#clock.clearTimeout(timer);
          resolve();
        },
        { once: true },
      );
    });
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
