import type { Clock, TimerHandle } from '../../runtime/clock.ts';
import type { PhoneCall } from './phone-call.ts';

/** When the turn is taken. */
export type Cue =
  /** The agent has spoken and finished. */
  | { when: 'agentFinished' }
  /** This much after the agent began to speak, or when it has finished, whichever is first. */
  | { when: 'agentSpeaking'; forMs: number }
  /** So much later, whatever the agent does. */
  | { when: 'pauseOver'; delayMs: number };

export interface Patience {
  /** The agent has finished once it has been silent this long after speaking. Default 1,000. */
  patienceMs?: number;
  /** Without a greeting or an answer the caller goes on after this long. Default 15,000. */
  impatienceMs?: number;
}

/** Follows who speaks, and wakes the caller. Every wait ends early when the call does. */
export class AgentTurns {
  readonly #call: PhoneCall;
  readonly #clock: Clock;
  readonly #patienceMs: number;
  readonly #impatienceMs: number;
  /** From what the caller said to the beginning of each answer. */
  readonly answersMs: number[] = [];
  /** How often the caller waited in vain. */
  unanswered = 0;
  /** Speech of the agent that began before is no answer to what the caller said last. */
  #answersFromMs = Number.NEGATIVE_INFINITY;
  #startedMs: number | null = null;
  #finished = false;
  #speaking = false;
  #silence: TimerHandle | null = null;
  #changed: () => void = () => {};

  constructor(call: PhoneCall, clock: Clock, { patienceMs = 1_000, impatienceMs = 15_000 }: Patience) {
    this.#call = call;
    this.#clock = clock;
    this.#patienceMs = patienceMs;
    this.#impatienceMs = impatienceMs;
    call.on('agentStarted', this.#agentStarted);
    call.on('agentStopped', this.#agentStopped);
    call.on('ended', this.#callEnded);
    this.#speaking = call.line?.agentIsSpeaking ?? false;
    if (this.#speaking) this.#startedMs = clock.now();
    else this.#awaitAnswer();
  }

  /** The caller takes a turn that will have been heard at `atMs`. */
  answersFrom(atMs: number): void {
    this.#answersFromMs = atMs;
    this.#startedMs = null;
    this.#finished = false;
    this.#awaitAnswer();
  }

  /** Settles when it is time. */
  async cue(cue: Cue): Promise<void> {
    if (cue.when === 'pauseOver') return this.#until(() => false, cue.delayMs);
    if (cue.when === 'agentFinished') return this.#until(() => this.#finished);

    await this.#until(() => this.#startedMs !== null || this.#finished);
    const waitMs = (this.#startedMs ?? 0) + cue.forMs - this.#clock.now();
    await this.#until(() => this.#finished, Math.max(0, waitMs));
  }

  /** Whether the agent speaks, or begins to, within so long. */
  async speaksWithin(limitMs: number): Promise<boolean> {
    await this.#until(() => this.#speaking, limitMs);
    return this.#speaking && !this.#call.end;
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
    this.#finished = false;
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
    if (this.#startedMs === null) this.#awaitAnswer();
    else this.#afterSilence(atMs + this.#patienceMs - this.#clock.now(), () => {});
  };

  readonly #callEnded = (): void => this.#changed();

  /** Nobody waits for ever. */
  #awaitAnswer(): void {
    const fromMs = Math.max(this.#clock.now(), this.#answersFromMs);
    this.#afterSilence(fromMs + this.#impatienceMs - this.#clock.now(), () => {
      if (!this.#call.end) this.unanswered++;
    });
  }

  #afterSilence(delayMs: number, then: () => void): void {
    this.#clearSilence();
    this.#silence = this.#clock.setTimeout(
      () => {
        if (this.#speaking) return;
        this.#finished = true;
        then();
        this.#changed();
      },
      Math.max(0, delayMs),
    );
  }

  #clearSilence(): void {
    if (this.#silence !== null) this.#clock.clearTimeout(this.#silence);
    this.#silence = null;
  }
}
