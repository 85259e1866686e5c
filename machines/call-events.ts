import type { Facts, FlowEvent } from './flow.ts';

/** Why a call ended. */
export type Outcome =
  | 'completed'
  | 'hungUp'
  | 'transferred'
  | 'silence'
  | 'lineLost'
  | 'tooLong'
  | 'overBudget'
  | 'providersFailed'
  | 'stopped'
  | 'interrupted';

/**
 * Why the agent speaks. `answer` goes to the language model, `supervisor` is a line that a person whispered; the others are
 * said from the call's own lines.
 */
export type Purpose =
  | 'greeting'
  | 'answer'
  | 'resume'
  | 'reminder'
  | 'apology'
  | 'askAgain'
  | 'noOneAvailable'
  | 'welcomeBack'
  | 'givenBack'
  | 'supervisor'
  | 'farewell';

/** What happens once the caller has heard the reply. */
export type Next = 'listen' | 'hangUp' | 'transfer';

export interface ToolCall {
  id: string;
  name: string;
  input: Record<string, unknown>;
}

export interface ToolResult {
  id: string;
  name: string;
  result: Record<string, unknown> | null;
  error: string | null;
  /** It failed, and nobody knows whether it was done in the world all the same. */
  mayBeDone?: true;
}

/** What a flow is told of a tool that was run. */
export function toFlowEvent({ name, result, error, mayBeDone }: ToolResult): FlowEvent {
  return result
    ? { type: 'tool.succeeded', tool: name, result }
    : { type: 'tool.failed', tool: name, error: error ?? 'no result', ...(mayBeDone && { mayBeDone }) };
}

/**
 * Everything a call is told. Facts are in the past tense, commands in the imperative. `turn` is the reply an event is
 * about, `utterance` the caller's words it is about; the words themselves are in the record beside the actor.
 */
export type CallEvent =
  // The line: the carrier's stream.
  | { type: 'line.lost'; reason: string }
  | { type: 'line.resumed' }
  | { type: 'line.closed' }
  // The caller.
  | { type: 'caller.hungUp' }
  | { type: 'caller.spoke' }
  | { type: 'caller.paused' }
  | { type: 'caller.keyed'; digit: string }
  | { type: 'caller.mayHaveFinished'; text: string }
  | { type: 'caller.wentOn' }
  | {
      type: 'caller.finished';
      utterance: number;
      text: string;
      confidence: number;
      by: 'voice' | 'keypad' | 'text';
    }
  | { type: 'caller.unclear' }
  | { type: 'hearing.failed'; error: string }
  // The agent's reply.
  | { type: 'reply.began'; turn: number; uninterruptible: boolean }
  | { type: 'reply.chose'; turn: number; choice: string; facts: Facts }
  | { type: 'reply.requestedTools'; turn: number; calls: readonly ToolCall[] }
  | { type: 'reply.waits'; turn: number }
  | { type: 'reply.failed'; turn: number; error: string }
  | { type: 'voice.began'; turn: number }
  | { type: 'voice.finished'; turn: number; next: Next }
  | { type: 'tools.finished'; turn: number; results: readonly ToolResult[] }
  // Passing the caller to a person.
  | { type: 'transfer.connected' }
  | { type: 'transfer.failed'; reason: string }
  // Where the brain runs.
  | { type: 'placement.handOff' }
  | { type: 'placement.taken' }
  | { type: 'placement.refused'; reason: string }
  // A supervisor: a person who listens in, and may step in. `by` names their session, as in `session 3f9a01c2`.
  /** A word for the language model's ear; with `say`, a line that the agent says next. */
  | { type: 'supervisor.whispered'; by: string; text: string; say: boolean }
  | { type: 'supervisor.tookOver'; by: string }
  | { type: 'supervisor.gaveBack'; by: string }
  /** Their connection is gone, or there again. */
  | { type: 'supervisor.left'; by: string }
  | { type: 'supervisor.returned'; by: string }
  // Commands from outside, and limits. `by`: the supervisor who gave them.
  | { type: 'call.conclude'; outcome: Outcome; by?: string }
  | { type: 'call.hangUp'; outcome: Outcome; by?: string }
  /** Null: to the person that the agent's callers are passed to. */
  | { type: 'call.transfer'; number: string | null; by?: string }
  | { type: 'budget.exceeded' };
