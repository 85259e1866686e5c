import type { Worker } from 'node:worker_threads';
import { startWorker } from '../../../worker-thread.ts';
import type { FliteVoice } from './flite-program.ts';
import type { SpeakAnswer, SpeakRequest } from './flite-worker.ts';

interface Job extends Omit<SpeakRequest, 'id'> {
  /** Jobs of one owner keep their order; owners take turns. */
  owner: object;
  resolve(audio: Uint8Array | null): void;
  reject(error: Error): void;
}

interface Seat {
  /** Null before the first sentence, and after a crash until the next one. */
  worker: Worker | null;
  job: Job | null;
}

/** Worker threads that each speak one sentence at a time, and the queue before them. */
export class FlitePool {
  readonly #program: WebAssembly.Module;
  readonly #seats: Seat[];
  readonly #queues = new Map<object, Job[]>();
  #lastId = 0;
  #closed = false;

  constructor(program: WebAssembly.Module, threads: number) {
    this.#program = program;
    this.#seats = Array.from({ length: threads }, () => ({ worker: null, job: null }));
    for (const seat of this.#seats) this.#start(seat);
  }

  /** Sentences waiting, without those being spoken now. */
  get waiting(): number {
    let count = 0;
    for (const queue of this.#queues.values()) count += queue.length;
    return count;
  }

  /** The sentence as mu-law, or null when the signal was aborted first. */
  speak(owner: object, voice: FliteVoice, text: string, signal: AbortSignal): Promise<Uint8Array | null> {
    if (signal.aborted) return Promise.resolve(null);
    if (this.#closed) return Promise.reject(new Error('The Flite synthesis has been closed.'));

    return new Promise((resolve, reject) => {
      const settle = () => signal.removeEventListener('abort', abandon);
      const job: Job = {
        owner,
        voice,
        text,
        resolve: audio => {
          settle();
          resolve(audio);
        },
        reject: error => {
          settle();
          reject(error);
        },
      };
      // A sentence being spoken cannot be stopped; its result finds nobody waiting.
      const abandon = () => {
        this.#withdraw(job);
        job.resolve(null);
      };
      signal.addEventListener('abort', abandon);
      this.#queues.set(owner, [...(this.#queues.get(owner) ?? []), job]);
      this.#next();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    const error = new Error('The Flite synthesis was closed before the sentence was spoken.');
    for (const queue of this.#queues.values()) for (const job of queue) job.reject(error);
    this.#queues.clear();
    for (const seat of this.#seats) seat.job?.reject(error);
    await Promise.all(this.#seats.map(seat => seat.worker?.terminate()));
  }

  #next(): void {
    for (const seat of this.#seats) {
      if (seat.job) continue;
      const job = this.#takeTurn();
      if (!job) return;
      seat.job = job;
      const worker = seat.worker ?? this.#start(seat);
      worker.ref();
      worker.postMessage({ id: ++this.#lastId, voice: job.voice, text: job.text } satisfies SpeakRequest);
    }
  }

  /** The first job of the owner whose turn it is; an owner with more to say goes to the end of the line. */
  #takeTurn(): Job | undefined {
    const [first] = this.#queues;
    if (!first) return undefined;

    const [owner, [job, ...rest]] = first;
    this.#queues.delete(owner);
    if (rest.length > 0) this.#queues.set(owner, rest);
    return job;
  }

  #withdraw(job: Job): void {
    const rest = this.#queues.get(job.owner)?.filter(other => other !== job);
    if (!rest) return;

    if (rest.length > 0) this.#queues.set(job.owner, rest);
    else this.#queues.delete(job.owner);
  }

  #start(seat: Seat): Worker {
    const worker = startWorker('./flite-worker', import.meta.url, { workerData: { program: this.#program } });
    seat.worker = worker;
    worker.unref();
    worker.on('message', (answer: SpeakAnswer) => {
      const job = seat.job;
      seat.job = null;
      // An idle thread does not keep the process alive.
      worker.unref();
      if ('audio' in answer) job?.resolve(answer.audio);
      else job?.reject(new Error(`Flite could not speak the sentence: ${answer.error}`));
      this.#next();
    });
    worker.on('error', error => this.#lose(seat, worker, error));
    worker.on('exit', () => this.#lose(seat, worker, new Error('its thread ended')));
    return worker;
  }

  #lose(seat: Seat, worker: Worker, error: unknown): void {
    if (this.#closed || seat.worker !== worker) return;

    const job = seat.job;
    seat.worker = null;
    seat.job = null;
    const reason = error instanceof Error ? error.message : String(error);
    job?.reject(new Error(`Flite could not speak the sentence: ${reason}`, { cause: error }));
    this.#next();
  }
}
