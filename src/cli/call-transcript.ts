import type { Clock, TimerHandle } from '../../runtime/clock.ts';
import type { Turn } from '../../runtime/journal.ts';
import type { CallAccount } from './call-account.ts';

const REQUEST_TIMEOUT_MS = 5_000;

/** Asks the server's API, now and then, what it heard and said, and tells it. Silent where the API is not reachable. */
export class CallTranscript {
  readonly #serverUrl: string;
  readonly #headers: Record<string, string>;
  readonly #account: CallAccount;
  /** What was told of each turn. */
  readonly #told = new Map<number, { heard: boolean; said: string }>();
  #url = '';
  #stop = () => {};

  constructor(serverUrl: string, apiKey: string | null, account: CallAccount) {
    this.#serverUrl = serverUrl;
    this.#headers = apiKey === null ? {} : { authorization: `Bearer ${apiKey}` };
    this.#account = account;
  }

  follow(callSid: string, clock: Clock, everyMs: number): void {
    this.#url = new URL(`/api/calls/${callSid}`, this.#serverUrl).href;
    let timer: TimerHandle = null;
    let stopped = false;
    const again = () => {
      if (!stopped) timer = clock.setTimeout(() => void this.#ask(false).then(again), everyMs);
    };
    again();
    this.#stop = () => {
      stopped = true;
      clock.clearTimeout(timer);
    };
  }

  stop(): void {
    this.#stop();
  }

  /** Tells what has not been told yet. */
  async finish(): Promise<void> {
    this.#stop();
    await this.#ask(true);
  }

  async #ask(last: boolean): Promise<void> {
    try {
      const response = await fetch(this.#url, {
        headers: this.#headers,
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      if (response.ok) this.#tell(turnsIn(await response.json()), last);
    } catch {
      // The call itself shows whether the server is well.
    }
  }

  #tell(turns: readonly Turn[], last: boolean): void {
    for (const { turn, caller, agent } of turns) {
      const told = this.#told.get(turn) ?? { heard: false, said: '' };
      this.#told.set(turn, told);
      if (caller && !told.heard) {
        told.heard = true;
        this.#account.tell('server', `heard “${caller.text}”`);
      }
      // Words are told once they are complete: when they were interrupted, or another turn has begun.
      const isComplete = last || agent.interrupted || turns.at(-1)!.turn !== turn;
      if (isComplete && agent.heard && agent.heard !== told.said) {
        told.said = agent.heard;
        this.#account.tell('agent', `said “${agent.heard}”${agent.interrupted ? ' …' : ''}`);
      }
    }
  }
}

function turnsIn(body: unknown): readonly Turn[] {
  const turns = (body as { turns?: unknown } | null)?.turns;
  return Array.isArray(turns) ? turns : [];
}
