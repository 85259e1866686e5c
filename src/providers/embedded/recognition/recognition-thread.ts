import type { Worker } from 'node:worker_threads';
import { startWorker } from '../../../worker-thread.ts';
import type { RecognitionAnswer, RecognitionRequest, RecognitionWorkerData } from './recognition-messages.ts';

/** What a thread tells one of its streams. */
export interface ThreadClient {
  partial(utterance: number, text: string, complete: boolean): void;
  final(utterance: number, text: string, confidence: number): void;
  lost(error: Error): void;
}

/** One worker thread and the streams on it. After a crash it starts again with the next stream. */
export class RecognitionThread {
  readonly #data: RecognitionWorkerData;
  readonly #warn: (message: string) => void;
  readonly #clients = new Set<ThreadClient>();
  readonly #utterances = new Map<number, ThreadClient>();
  #worker: Worker | null = null;
  #lastUtterance = 0;
  #isClosed = false;

  constructor(data: RecognitionWorkerData, warn: (message: string) => void) {
    this.#data = data;
    this.#warn = warn;
  }

  get streams(): number {
    return this.#clients.size;
  }

  /** Resolves when the thread is ready to hear, rejects when it cannot start. */
  start(): Promise<void> {
    const worker = this.#running();
    return new Promise((resolve, reject) => {
      worker.once('error', reject);
      worker.on('message', (answer: RecognitionAnswer) => {
        if (answer.type === 'ready') resolve();
      });
    });
  }

  add(client: ThreadClient): void {
    this.#running();
    this.#clients.add(client);
  }

  remove(client: ThreadClient): void {
    this.#clients.delete(client);
    for (const [utterance, owner] of this.#utterances)
      if (owner === client) {
        this.#utterances.delete(utterance);
        this.#send({ type: 'drop', utterance });
      }
  }

  begin(client: ThreadClient, stream: number, phrases: readonly string[]): number {
    const utterance = ++this.#lastUtterance;
    this.#utterances.set(utterance, client);
    this.#send({ type: 'begin', utterance, stream, phrases });
    return utterance;
  }

  /** Takes the audio's memory away from the caller. */
  hear(utterance: number, audio: Uint8Array): void {
    this.#worker?.postMessage({ type: 'audio', utterance, audio } satisfies RecognitionRequest, [
      audio.buffer as ArrayBuffer,
    ]);
  }

  finish(utterance: number): void {
    this.#send({ type: 'finish', utterance });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#clients.clear();
    this.#utterances.clear();
    await this.#worker?.terminate();
  }

  #send(request: RecognitionRequest): void {
    this.#worker?.postMessage(request);
  }

  #running(): Worker {
    if (this.#isClosed) throw new Error('The embedded recognition has been closed.');
    if (this.#worker) return this.#worker;

    const worker = startWorker('./recognition-worker', import.meta.url, { workerData: this.#data });
    this.#worker = worker;
    // Calls keep the process alive, not the thread that listens to them.
    worker.unref();
    worker.on('message', (answer: RecognitionAnswer) => this.#take(answer));
    worker.on('error', error => this.#lose(worker, error));
    worker.on('exit', code => this.#lose(worker, new Error(`its thread ended with status ${code}`)));
    return worker;
  }

  #take(answer: RecognitionAnswer): void {
    if (answer.type === 'ready') return;
    if (answer.type === 'warning') {
      this.#warn(answer.message);
      return;
    }

    const client = this.#utterances.get(answer.utterance);
    if (answer.type === 'partial') client?.partial(answer.utterance, answer.text, answer.complete);
    if (answer.type === 'final') {
      this.#utterances.delete(answer.utterance);
      client?.final(answer.utterance, answer.text, answer.confidence);
    }
  }

  #lose(worker: Worker, cause: unknown): void {
    if (this.#isClosed || worker !== this.#worker) return;

    this.#worker = null;
    this.#utterances.clear();
    const clients = [...this.#clients];
    this.#clients.clear();
    const reason = cause instanceof Error ? cause.message : String(cause);
    const error = new Error(`The embedded recogniser stopped: ${reason}`, { cause });
    for (const client of clients) client.lost(error);
  }
}
