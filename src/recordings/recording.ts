import type { LineTap } from '../../runtime/media/tap.ts';
import { AgentTrack } from './agent-track.ts';
import { CallerTrack } from './caller-track.ts';
import type { TrackFile } from './track-file.ts';

export const TRACKS = ['caller', 'agent'] as const;
export type Track = (typeof TRACKS)[number];

/** One call's two tracks, both from the call's start, on their way to their files. */
export class Recording implements LineTap {
  readonly #files: Record<Track, TrackFile>;
  readonly #caller: CallerTrack;
  readonly #agent: AgentTrack;
  readonly #startedMs: number;
  readonly #now: () => number;
  #finished: (() => Promise<void>) | null;

  /** `startedMs`: when the call began, by the clock of `now`; `fromByte`: how far it was when this recording began. */
  constructor(options: {
    files: Record<Track, TrackFile>;
    startedMs: number;
    fromByte: number;
    now(): number;
    /** The call is over; the files are to be closed. */
    finished(): Promise<void>;
  }) {
    const { files, fromByte } = options;
    this.#files = files;
    this.#caller = new CallerTrack(files.caller, fromByte);
    this.#agent = new AgentTrack(files.agent, fromByte);
    this.#startedMs = options.startedMs;
    this.#now = options.now;
    this.#finished = options.finished;
  }

  caller(audio: Uint8Array, atMs: number): void {
    this.#caller.write(audio, atMs - this.#startedMs);
  }

  agent(audio: Uint8Array, from: number, to: number, playsAtMs: number): void {
    this.#agent.write(audio, from, to, playsAtMs - this.#startedMs, this.#now() - this.#startedMs);
  }

  agentSilenced(atMs: number): void {
    this.#agent.silence(atMs - this.#startedMs);
  }

  closed(atMs: number): void {
    const endMs = this.#caller.end(atMs - this.#startedMs);
    this.#agent.end(atMs - this.#startedMs, endMs);
    this.#finished?.();
    this.#finished = null;
  }

  /** Resolves when all that has been heard by now is in the files. */
  async flushed(): Promise<void> {
    this.#agent.settle(this.#now() - this.#startedMs);
    await Promise.all(TRACKS.map(track => this.#files[track].flushed()));
  }
}
