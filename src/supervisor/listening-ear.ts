import type { Clock, TimerHandle } from '../../runtime/clock.ts';
import { FRAME_BYTES } from '../../runtime/media/media-streams.ts';
import type { LineTap } from '../../runtime/media/tap.ts';

/** The first byte of every frame: whose audio follows. */
export const CALLER_TRACK = 0;
export const AGENT_TRACK = 1;

/** What somebody who joins in is sent of the agent's voice at most ahead of its playing; what is more was misreckoned. */
const MAX_WAITING = 1_000;

export interface ListeningEarOptions {
  clock: Clock;
  /** Takes over the frame. */
  send(frame: Buffer): void;
  /** The call is over. */
  ended(): void;
}

/**
 * Sends what the two sides of a call hear, when they hear it: the agent's audio waits until the carrier plays it, and is
 * never sent when a `clear` takes it back. Only calls that somebody listens to pay for it.
 */
export class ListeningEar implements LineTap {
  readonly #options: ListeningEarOptions;
  #caller = newFrame(CALLER_TRACK);
  #callerBytes = 0;
  #waiting: { playsAtMs: number; frame: Buffer }[] = [];
  #timer: TimerHandle | null = null;

  constructor(options: ListeningEarOptions) {
    this.#options = options;
  }

  caller(audio: Uint8Array): void {
    for (let at = 0; at < audio.length; ) {
      const bytes = Math.min(audio.length - at, FRAME_BYTES - this.#callerBytes);
      this.#caller.set(audio.subarray(at, at + bytes), 1 + this.#callerBytes);
      this.#callerBytes += bytes;
      at += bytes;
      if (this.#callerBytes < FRAME_BYTES) return;
      this.#options.send(this.#caller);
      this.#caller = newFrame(CALLER_TRACK);
      this.#callerBytes = 0;
    }
  }

  agent(audio: Uint8Array, from: number, to: number, playsAtMs: number): void {
    if (this.#waiting.length >= MAX_WAITING) return;
    const frame = Buffer.allocUnsafe(1 + to - from);
    frame[0] = AGENT_TRACK;
    frame.set(audio.subarray(from, to), 1);
    this.#waiting.push({ playsAtMs, frame });
    this.#arm();
  }

  agentSilenced(atMs: number): void {
    this.#waiting = this.#waiting.filter(({ playsAtMs }) => playsAtMs < atMs);
  }

  closed(): void {
    this.stop();
    this.#options.ended();
  }

  /** Leaves nothing behind. */
  stop(): void {
    this.#options.clock.clearTimeout(this.#timer);
    this.#timer = null;
    this.#waiting = [];
  }

  #arm(): void {
    const [next] = this.#waiting;
    if (!next || this.#timer !== null) return;
    const { clock } = this.#options;
    this.#timer = clock.setTimeout(this.#play, Math.max(0, next.playsAtMs - clock.now()));
  }

  readonly #play = () => {
    this.#timer = null;
    const nowMs = this.#options.clock.now();
    let played = 0;
    for (const { playsAtMs, frame } of this.#waiting) {
      if (playsAtMs > nowMs) break;
      this.#options.send(frame);
      played++;
    }
    this.#waiting.splice(0, played);
    this.#arm();
  };
}

function newFrame(track: number): Buffer {
  const frame = Buffer.allocUnsafe(1 + FRAME_BYTES);
  frame[0] = track;
  return frame;
}
