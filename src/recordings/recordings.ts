import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Call, Log } from '../../runtime/call.ts';
import type { Clock } from '../../runtime/clock.ts';
import { BYTES_PER_MS } from '../../runtime/media/media-streams.ts';
import { type Repetition, repeatEvery } from '../jobs/repeat-every.ts';
import { ChunkPool } from './chunk-pool.ts';
import { Recording, TRACKS, type Track } from './recording.ts';
import { TrackFile } from './track-file.ts';

const DAY_MS = 86_400_000;
const SWEEP_EVERY_MS = 3_600_000;
/** Ours, in case somebody keeps other files beside them. */
const FILE_NAME = /^[\w-]{1,64}\.(caller|agent)\.ulaw$/;

export interface RecordingsOptions {
  folder: string;
  clock: Clock;
  log: Log;
  /** Older recordings are deleted. */
  days: number;
  /** Whether the agent that answers is recorded; null: the one that answers where calls name none. */
  isRecorded(agent: string | null): boolean;
}

/** What there is of a track, while it is read. */
export interface TrackAudio {
  readonly bytes: number;
  /** Reads into `target` from place `at` of the track. Returns how much it was. */
  read(target: Buffer, at: number): Promise<number>;
  close(): Promise<void>;
}

/** The audio of calls, in files: `<callId>.caller.ulaw` and `<callId>.agent.ulaw`, 8 kHz mu-law without a header. */
export class Recordings {
  readonly #options: RecordingsOptions;
  readonly #pool = new ChunkPool();
  readonly #live = new Map<string, Recording>();
  readonly #closing = new Set<Promise<void>>();
  #sweeps: Repetition | null = null;

  private constructor(options: RecordingsOptions) {
    this.#options = options;
  }

  /** Makes the folder, and deletes what has become too old, now and every hour. */
  static async open(options: RecordingsOptions): Promise<Recordings> {
    const recordings = new Recordings(options);
    await mkdir(options.folder, { recursive: true, mode: 0o700 });
    await recordings.sweep();
    recordings.#sweeps = repeatEvery(SWEEP_EVERY_MS, () => recordings.sweep(), {
      clock: options.clock,
      failed: error => options.log.warn({ err: error }, 'Old recordings could not be deleted.'),
    });
    return recordings;
  }

  /** Records the call from now on, if its agent is recorded. */
  watch(call: Call): void {
    const { clock, isRecorded } = this.#options;
    const { callId, agent } = call.start;
    if (!isRecorded(agent ?? null)) return;

    const fromByte = Math.round(call.log.nowMs * BYTES_PER_MS);
    const give = (error: Error) => {
      if (this.#live.get(callId) !== recording) return;
      stop();
      this.#close(callId, files);
      this.#live.delete(callId);
      call.warn('The recording of the call was given up.', error);
    };
    const file = (track: Track) =>
      new TrackFile({ path: this.#pathOf(callId, track), pool: this.#pool, fromByte, failed: give });
    const files = { caller: file('caller'), agent: file('agent') };
    const recording = new Recording({
      files,
      startedMs: clock.now() - call.log.nowMs,
      fromByte,
      now: () => clock.now(),
      finished: () => this.#close(callId, files),
    });
    this.#live.set(callId, recording);
    const stop = call.line.tap(recording);
  }

  /** Whether anything of the call was kept. */
  async has(callId: string): Promise<boolean> {
    if (this.#live.has(callId)) return true;
    return stat(this.#pathOf(callId, 'caller')).then(
      () => true,
      () => false,
    );
  }

  /** A track as far as it is; null where none was kept. */
  async audio(callId: string, track: Track): Promise<TrackAudio | null> {
    await this.#live.get(callId)?.flushed();
    const handle = await open(this.#pathOf(callId, track), 'r').catch(error => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (!handle) return null;
    const { size: bytes } = await handle.stat();
    return {
      bytes,
      read: async (target, at) => (await handle.read(target, 0, target.length, at)).bytesRead,
      close: () => handle.close(),
    };
  }

  /** Deletes recordings that are older than they may be. */
  async sweep(): Promise<void> {
    const { folder, clock, days } = this.#options;
    const oldestMs = clock.wallTime() - days * DAY_MS;
    for (const name of await readdir(folder)) {
      if (!FILE_NAME.test(name)) continue;
      const path = join(folder, name);
      const { mtimeMs } = await stat(path);
      if (mtimeMs < oldestMs) await rm(path, { force: true });
    }
  }

  /** Resolves when the recordings of ended calls are whole. */
  async settled(): Promise<void> {
    while (this.#closing.size > 0) await Promise.all(this.#closing);
  }

  async close(): Promise<void> {
    await this.#sweeps?.stop();
    await this.settled();
  }

  #close(callId: string, files: Record<Track, TrackFile>): Promise<void> {
    const closing = Promise.all(TRACKS.map(track => files[track].close())).then(() => {
      this.#live.delete(callId);
      this.#closing.delete(closing);
    });
    this.#closing.add(closing);
    return closing;
  }

  #pathOf(callId: string, track: Track): string {
    if (!/^[\w-]{1,64}$/.test(callId)) throw new Error(`${JSON.stringify(callId)} is no id of a call.`);
    return join(this.#options.folder, `${callId}.${track}.ulaw`);
  }
}
