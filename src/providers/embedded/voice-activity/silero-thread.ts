import type { Worker } from 'node:worker_threads';
import { startWorker } from '../../../worker-thread.ts';
import { NativeSection } from './native-section.ts';
import { RestartBudget } from './restart-budget.ts';
import type { FromSileroWorker, SileroWorkerData, ToSileroWorker } from './silero-messages.ts';

const MAX_RESTARTS = 5;
const RESTART_PERIOD_MS = 60_000;
/** Far more than loading the model takes. */
const MAX_EXIT_DELAY_MS = 2_000;

export interface SileroThreadOptions {
  /** Asked anew for every worker. */
  data(): Omit<SileroWorkerData, 'section'>;
  /** Wakes the worker. */
  ring(): void;
  edge(ticket: number, speaking: boolean, atMs: number): void;
  /** The worker has died; another one starts after the delay. */
  crashed(cause: unknown, restartDelayMs: number): void;
}

/** Keeps one worker thread alive: a crash is followed by a restart, at most five times in a minute. */
export class SileroThread {
  readonly #options: SileroThreadOptions;
  readonly #budget = new RestartBudget(MAX_RESTARTS, RESTART_PERIOD_MS);
  #worker: Worker | null = null;
  #restart: NodeJS.Timeout | undefined;
  #busy = true;
  #closed = false;
  restarts = 0;

  constructor(options: SileroThreadOptions) {
    this.#options = options;
  }

  /** Resolves when the model is loaded. Rejects, and does not try again, when that fails. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      let ready = false;
      this.#launch({
        ready: () => {
          ready = true;
          resolve();
        },
        ended: cause => (ready ? this.#recover(cause) : reject(failedStart(cause))),
      });
    });
  }

  /** Reaches the present worker only; what every worker must know belongs in `data`. */
  post(order: ToSileroWorker): void {
    this.#worker?.postMessage(order);
    this.#options.ring();
  }

  /** A thread with nothing to do does not keep the process alive. */
  setBusy(busy: boolean): void {
    this.#busy = busy;
    this.#applyBusy();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#restart);
    const worker = this.#worker;
    if (!worker) return;

    worker.ref();
    const ended = new Promise(resolve => worker.once('exit', resolve));
    this.post({ type: 'close' });
    await ended;
  }

  #launch({ ready, ended }: { ready?: () => void; ended: (cause: unknown) => void }): void {
    const section = new NativeSection();
    const workerData: SileroWorkerData = { ...this.#options.data(), section: section.memory };
    const worker = startWorker('./silero-worker', import.meta.url, { workerData });
    const standClear = () => section.bar(MAX_EXIT_DELAY_MS);
    process.on('exit', standClear);
    let cause: unknown = new Error('The thread was ended.');
    this.#worker = worker;

    worker.on('message', (message: FromSileroWorker) => {
      if (message.type === 'ready') ready?.();
      else this.#options.edge(message.ticket, message.speaking, message.atMs);
    });
    worker.on('error', error => {
      cause = error;
    });
    worker.once('exit', () => {
      process.off('exit', standClear);
      this.#worker = null;
      if (!this.#closed) ended(cause);
    });
    // Listening for messages holds the process, so this comes after.
    this.#applyBusy();
  }

  #recover(cause: unknown): void {
    const delayMs = this.#budget.take(performance.now());
    this.#options.crashed(cause, delayMs);
    this.#restart = setTimeout(() => {
      this.restarts += 1;
      this.#launch({ ended: again => this.#recover(again) });
    }, delayMs);
    this.#applyBusy();
  }

  #applyBusy(): void {
    if (this.#busy) this.#worker?.ref();
    else this.#worker?.unref();
    if (this.#busy) this.#restart?.ref();
    else this.#restart?.unref();
  }
}

function failedStart(cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Error(`The voice activity could not start: ${reason}`, { cause });
}
