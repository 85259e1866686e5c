import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Clock } from '../../runtime/clock.ts';
import { FRAME_BYTES } from '../../runtime/media/media-streams.ts';
import { MU_LAW_SILENCE } from '../../runtime/media/mulaw.ts';
import { StereoRecorder } from '../caller/stereo-recorder.ts';

/** Programs that play mu-law audio as it comes in, and what they must be told. */
const players: Readonly<Record<string, readonly string[]>> = {
  aplay: ['-q', '-t', 'raw', '-f', 'MU_LAW', '-r', '8000', '-c', '1', '-'],
  paplay: ['--raw', '--format=ulaw', '--rate=8000', '--channels=1'],
  ffplay: ['-nodisp', '-autoexit', '-loglevel', 'quiet', '-f', 'mulaw', '-ar', '8000', '-i', 'pipe:0'],
};
/** Plays files alone: the whole conversation, at its end. */
const FILE_PLAYER = 'afplay';
/** A player that has more than this left to play is stuck. */
const LAST_WORDS_MS = 3_000;

/** Lets a person hear the agent, with a program of the system's. */
export interface SoundPlayer {
  /** Of the program. */
  readonly name: string;
  /** The next 20 ms of mu-law audio. */
  play(audio: Uint8Array): void;
  /** The conversation is over, and recorded here. */
  finish(wavFile: string): Promise<void>;
}

/** Null when there is no such program on `path`. */
export function openSoundPlayer(path: string | undefined, clock: Clock): SoundPlayer | null {
  const folders = (path ?? '').split(delimiter).filter(Boolean);
  const find = (name: string) => folders.map(folder => join(folder, name)).find(isProgram);
  for (const [name, args] of Object.entries(players)) {
    const program = find(name);
    if (program) return new StreamingPlayer(name, program, args, clock);
  }
  const program = find(FILE_PLAYER);
  return program
    ? { name: FILE_PLAYER, play() {}, finish: wavFile => ended(start(program, [wavFile])) }
    : null;
}

/** Records a call, and plays the agent's side of it meanwhile. */
export class AudibleRecorder extends StereoRecorder {
  readonly #player: SoundPlayer | null;

  constructor(clock: Clock, player: SoundPlayer | null) {
    super(clock);
    this.#player = player;
  }

  override frame(caller: Uint8Array, agent: Uint8Array, agentBytes: number): void {
    super.frame(caller, agent, agentBytes);
    if (!this.#player) return;
    // Silence too: a player that runs dry stutters.
    const heard = new Uint8Array(FRAME_BYTES).fill(MU_LAW_SILENCE);
    heard.set(agent.subarray(0, agentBytes));
    this.#player.play(heard);
  }
}

class StreamingPlayer implements SoundPlayer {
  readonly name: string;
  readonly #process: ChildProcess;
  readonly #clock: Clock;

  constructor(name: string, program: string, args: readonly string[], clock: Clock) {
    this.name = name;
    this.#clock = clock;
    this.#process = start(program, args);
  }

  play(audio: Uint8Array): void {
    const { stdin } = this.#process;
    if (stdin?.writable) stdin.write(audio);
  }

  async finish(): Promise<void> {
    this.#process.stdin?.end();
    const tooLong = this.#clock.setTimeout(() => this.#process.kill(), LAST_WORDS_MS);
    await ended(this.#process);
    this.#clock.clearTimeout(tooLong);
  }
}

/** One that fails is not heard, and that is all. */
function start(program: string, args: readonly string[]): ChildProcess {
  const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'ignore'] });
  child.on('error', () => {});
  child.stdin?.on('error', () => {});
  return child;
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined)
    return Promise.resolve();
  return new Promise(resolve => child.once('close', () => resolve()));
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
