import type { Clock, TimerHandle } from '../../runtime/clock.ts';
import type { Turn } from '../../runtime/journal.ts';
import type { CallAccount } from './call-account.ts';

const REQUEST_TIMEOUT_MS = 5_000;

/** Asks the server's API, now and then, what it heard and said, and tells it. Silent where the API is not reachable. */
export class CallTranscript {
  readonly #serverUrls: readonly string[];
  readonly #headers: Record<string, string>;
  readonly #account: CallAccount;
  /** What was told of each turn. */
  readonly #told = new Map<number, { heard: boolean; said: string }>();
  #path = '';
  #stop = () => {};

  /** `serverUrls`: nodes that share their records; where one does not answer, the next is asked. */
  constructor(serverUrls: readonly string[], apiKey: string | null, account: CallAccount) {
    this.#serverUrls = serverUrls;
    this.#headers = apiKey === null ? {} : { authorization: `Bearer ${apiKey}` };
    this.#account = account;
  }

  follow(callSid: string, clock: Clock, everyMs: number): void {
    this.#path = `/api/calls/${callSid}`;
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
    for (const serverUrl of this.#serverUrls)
      try {
        const response = await fetch(new URL(this.#path, serverUrl), {
          headers: this.#headers,
          signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
        });
        if (response.ok) return this.#tell(turnsIn(await response.json()), last);
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
