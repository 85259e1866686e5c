import type { Worker } from 'node:worker_threads';
import type { Clock, TimerHandle } from '../../runtime/clock.ts';
import { connectRpc, type Rpc, type RpcMethods } from '../storage/thread-rpc.ts';
import { startWorker } from '../worker-thread.ts';

const IDLE_MS = 120_000;

/** A worker thread that is there while it has work, and a while longer. One that fails is replaced at the next call. */
export class LazyThread<Remote extends RpcMethods> {
  readonly #name: string;
  readonly #clock: Clock;
  #running: { worker: Worker; rpc: Rpc<Remote> } | null = null;
  #calls = 0;
  #idleTimer: TimerHandle | null = null;

  /** `name`: a module of this folder. */
  constructor(name: string, clock: Clock) {
    this.#name = name;
    this.#clock = clock;
  }

  async call<M extends keyof Remote & string>(
    method: M,
    ...args: Parameters<Remote[M]>
  ): Promise<Awaited<ReturnType<Remote[M]>>> {
    this.#running ??= this.#start();
    this.#clock.clearTimeout(this.#idleTimer);
    this.#idleTimer = null;
    this.#calls++;
    try {
      return await this.#running.rpc.call(method, ...args);
    } finally {
      this.#calls--;
      if (this.#calls === 0 && this.#running)
        this.#idleTimer = this.#clock.setTimeout(() => void this.close(), IDLE_MS);
    }
  }

  async close(): Promise<void> {
    this.#clock.clearTimeout(this.#idleTimer);
    this.#idleTimer = null;
    const running = this.#running;
    this.#running = null;
    await running?.worker.terminate();
  }

  #start(): { worker: Worker; rpc: Rpc<Remote> } {
    const worker = startWorker(this.#name, import.meta.url);
    const rpc = connectRpc<Remote>(worker, {});
    const running = { worker, rpc };
    const end = (error: Error) => {
      if (this.#running === running) this.#running = null;
      rpc.fail(error);
    };
    worker.on('error', end);
    worker.on('exit', () => end(new Error('The thread has ended.')));
    // Nobody waits for a picture when the process is to end.
    worker.unref();
    return running;
  }
}
