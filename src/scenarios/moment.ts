import type { Turn } from '../../runtime/journal.ts';
import type { Rehearsal } from '../rehearsal/rehearsal.ts';

/** A tool that was called, as it was called. */
export interface ToolUse {
  name: string;
  input: Record<string, unknown>;
}

/** The time since the caller last did something: what the agent made of it. */
export class Moment {
  readonly #rehearsal: Rehearsal;
  readonly #turn: number;
  readonly #interruptions: number;
  /** The agent was speaking. */
  readonly #isIntoReply: boolean;

  /** Begins now, or with the call. */
  constructor(rehearsal: Rehearsal, from: 'now' | 'start' = 'now') {
    this.#rehearsal = rehearsal;
    this.#turn = from === 'start' ? 0 : rehearsal.call.record.lastTurn;
    this.#isIntoReply = from === 'now' && rehearsal.state.startsWith('floor.replying');
    this.#interruptions = this.#countInterruptions();
  }

  get turns(): readonly Turn[] {
    return this.#rehearsal.turns.filter(({ turn }) => turn > this.#turn);
  }

  /** What the caller has heard of the agent, with the reply that went on in spite of the caller. */
  get heard(): string {
    const wentOn = this.#rehearsal.turns.filter(
      ({ turn, agent }) => this.#isIntoReply && turn === this.#turn && !agent.interrupted,
    );
    return [...wentOn, ...this.turns]
      .map(({ agent }) => agent.heard)
      .filter(Boolean)
      .join(' ');
  }

  /** Names of choices, without `caller.`. */
  get choices(): string[] {
    return this.turns.flatMap(({ choices }) => choices.map(plainChoice));
  }

  get tools(): ToolUse[] {
    return this.#rehearsal.entries.flatMap(entry =>
      entry.kind === 'event' && entry.event.type === 'reply.requestedTools' && entry.event.turn > this.#turn
        ? entry.event.calls.map(({ name, input }) => ({ name, input }))
        : [],
    );
  }

  get wasInterrupted(): boolean {
    return this.#countInterruptions() > this.#interruptions;
  }

  #countInterruptions(): number {
    return this.#rehearsal.turns.filter(({ agent }) => agent.interrupted).length;
  }
}

export function plainChoice(event: string): string {
  return event.replace(/^caller\./, '');
}
