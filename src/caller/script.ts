import { type Clock, systemClock, type TimerHandle } from '../../runtime/clock.ts';
import type { CallEnd, PhoneCall } from './phone-call.ts';
import { voicedMs } from './speech-meter.ts';

const KEY_GAP_MS = 250;

/** What the caller does when it is their turn. */
export type Action =
  | { do: 'say'; audio: Uint8Array; label: string }
  | { do: 'press'; keys: string }
  | { do: 'hangUp' }
  | { do: 'dropLine' };

/** When the turn is taken. */
export type Cue =
  /** The agent has spoken and finished. */
  | { when: 'agentFinished' }
  /** This much after the agent began to speak, or when it has finished, whichever is first. */
  | { when: 'agentSpeaking'; forMs: number }
  /** So much later, whatever the agent does. */
  | { when: 'pauseOver'; delayMs: number };

export interface CallerTurn {
  cue: Cue;
  action: Action;
}

export interface ScriptOptions {
  clock?: Clock;
  /** The agent has finished once it has been silent this long after speaking. Default 1,000. */
  patienceMs?: number;
  /** After the last turn, and the answer to it: hang up after `lingerMs`, or wait for the agent to. */
  ending?: 'hangUp' | 'wait';
  /** Default 3,000, counted from when the agent has finished. */
  lingerMs?: number;
  /** The caller is about to take this turn. */
  onTurn?: (turn: CallerTurn) => void;
}

export interface ScriptEnd {
  call: CallEnd;
  turnsTaken: number;
  /** For each turn that was answered: from the caller's last voice or key to the agent's first voice. */
  answersMs: readonly number[];
  /** Every turn was taken, and the call ended in no failure. */
  byPlan: boolean;
}

/**
 * Lets a caller with a plan loose on a call. Settles when the call has ended. The plan waits for the agent: without an
 * agent that speaks it waits until somebody hangs up.
 */
export async function runScript(
  call: PhoneCall,
  turns: readonly CallerTurn[],
  options: ScriptOptions = {},
): Promise<ScriptEnd> {
  const { ending = 'hangUp', lingerMs = 3_000, patienceMs = 1_000, onTurn } = options;
  const clock = options.clock ?? systemClock;
  const agent = new AgentTurns(call, clock, patienceMs);
  let turnsTaken = 0;
  try {
    for (const turn of turns) {
      await agent.cue(turn.cue);
      if (call.end) break;
      onTurn?.(turn);
      agent.answersFrom(clock.now() + expectedVoiceMs(turn.action));
      await take(call, turn.action, clock);
      turnsTaken++;
    }
    if (!call.end && ending === 'hangUp') {
      await agent.cue({ when: 'agentFinished' });
      await agent.cue({ when: 'pauseOver', delayMs: lingerMs });
      if (!call.end) await call.hangUp();
    }
  } finally {
    agent.close();
  }

  const end = await call.ended();
  return {
    call: end,
    turnsTaken,
    answersMs: agent.answersMs,
    byPlan: turnsTaken === turns.length && end.by !== 'failure',
  };
}

/** Follows who speaks, and wakes the caller. Every wait ends early when the call does. */
class AgentTurns {
  readonly #call: PhoneCall;
  readonly #clock: Clock;
  readonly #patienceMs: number;
  readonly answersMs: number[] = [];
  /** Speech of the agent that began before is no answer to what the caller said last. */
  #answersFromMs = Number.NEGATIVE_INFINITY;
  #startedMs: number | null = null;
  #finished = false;
  #speaking = false;
  #silence: TimerHandle | null = null;
  #changed: () => void = () => {};

  constructor(call: PhoneCall, clock: Clock, patienceMs: number) {
    this.#call = call;
    this.#clock = clock;
    this.#patienceMs = patienceMs;
    call.on('agentStarted', this.#agentStarted);
    call.on('agentStopped', this.#agentStopped);
    call.on('ended', this.#callEnded);
    this.#speaking = call.line?.agentIsSpeaking ?? false;
    if (this.#speaking) this.#startedMs = clock.now();
  }

  answersFrom(atMs: number): void {
    this.#answersFromMs = atMs;
    this.#startedMs = null;
    this.#finished = false;
  }

  async cue(cue: Cue): Promise<void> {
    if (cue.when === 'pauseOver') return this.#until(() => false, cue.delayMs);
    if (cue.when === 'agentFinished') return this.#until(() => this.#finished);

    await this.#until(() => this.#startedMs !== null);
    const waitMs = (this.#startedMs ?? 0) + cue.forMs - this.#clock.now();
    await this.#until(() => this.#finished, Math.max(0, waitMs));
  }

  close(): void {
    this.#call.off('agentStarted', this.#agentStarted);
    this.#call.off('agentStopped', this.#agentStopped);
    this.#call.off('ended', this.#callEnded);
    this.#clearSilence();
  }

  #until(condition: () => boolean, limitMs?: number): Promise<void> {
    return new Promise(resolve => {
      let timer: TimerHandle | null = null;
      const done = () => {
        if (timer !== null) this.#clock.clearTimeout(timer);
        this.#changed = () => {};
        resolve();
      };
      this.#changed = () => {
        if (condition() || this.#call.end) done();
      };
      if (limitMs !== undefined) timer = this.#clock.setTimeout(done, limitMs);
      this.#changed();
    });
  }

  readonly #agentStarted = (atMs: number): void => {
    this.#speaking = true;
    this.#clearSilence();
    if (atMs < this.#answersFromMs) return;

    if (this.#startedMs === null) {
      this.#startedMs = atMs;
      const isAnswer = Number.isFinite(this.#answersFromMs);
      if (isAnswer) this.answersMs.push(atMs - this.#answersFromMs);
    }
    this.#changed();
  };

  readonly #agentStopped = (atMs: number): void => {
    this.#speaking = false;
    if (this.#startedMs === null) return;

    this.#clearSilence();
    const leftMs = Math.max(0, atMs + this.#patienceMs - this.#clock.now());
    this.#silence = this.#clock.setTimeout(() => {
      this.#finished = !this.#speaking && this.#startedMs !== null;
      this.#changed();
    }, leftMs);
  };

  readonly #callEnded = (): void => this.#changed();

  #clearSilence(): void {
    if (this.#silence !== null) this.#clock.clearTimeout(this.#silence);
    this.#silence = null;
  }
}

async function take(call: PhoneCall, action: Action, clock: Clock): Promise<void> {
  if (action.do === 'say') return call.say(action.audio);
  if (action.do === 'hangUp') return void (await call.hangUp());
  if (action.do === 'dropLine') return void (await call.line?.dropLine());

  for (const [index, key] of [...action.keys].entries()) {
    if (index > 0) await new Promise<void>(resolve => clock.setTimeout(resolve, KEY_GAP_MS));
    call.key(key);
  }
}

/** How long the caller's voice will be heard; what the agent says after that is its answer. */
function expectedVoiceMs(action: Action): number {
  if (action.do === 'say') return voicedMs(action.audio);
  return action.do === 'press' ? (action.keys.length - 1) * KEY_GAP_MS : 0;
}
