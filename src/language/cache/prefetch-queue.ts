import type { ReplyKey } from './reply-key.ts';

export interface PrefetchTask {
  key: ReplyKey;
  /** The call on whose account it is; it goes when the call goes. */
  callId: string;
  /** Asks; the signal breaks it off. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

/** More are not worth waiting for: the agent speaks for some seconds. */
const MOST_WAITING = 8;

/**
 * Questions to be asked before a caller does: one at a time, and none begins while a caller waits for a model's first word.
 * One that has begun goes on beside callers' own, which no provider delays for it.
 */
export class PrefetchQueue {
  readonly #waiting: PrefetchTask[] = [];
  #running: { task: PrefetchTask; abort: AbortController } | null = null;
  #callersWaiting = 0;

  /** Takes a task, unless the same question is on its way or too many are. */
  offer(task: PrefetchTask): void {
    if (this.has(task.key) || this.#waiting.length >= MOST_WAITING) return;
    this.#waiting.push(task);
    this.#next();
  }

  has(key: ReplyKey): boolean {
    return this.#running?.task.key === key || this.#waiting.some(task => task.key === key);
  }

  /** A caller's question goes to a model. The returned function says that its first word is there, or that it is over. */
  callerAsks(): () => void {
    this.#callersWaiting++;
    let isAnswered = false;
    return () => {
      if (isAnswered) return;
      isAnswered = true;
      this.#callersWaiting--;
      this.#next();
    };
  }

  /** Drops what waits for the call, and breaks off what runs for it. */
  callEnded(callId: string): void {
    const others = this.#waiting.filter(task => task.callId !== callId);
    this.#waiting.splice(0, Number.POSITIVE_INFINITY, ...others);
    if (this.#running?.task.callId === callId) this.#running.abort.abort();
  }

  close(): void {
    this.#waiting.length = 0;
    this.#running?.abort.abort();
  }

  #next(): void {
    if (this.#running || this.#callersWaiting > 0) return;
    const task = this.#waiting.shift();
    if (!task) return;
    const abort = new AbortController();
    this.#running = { task, abort };
    void task.run(abort.signal).finally(() => {
      this.#running = null;
      this.#next();
    });
  }
}
