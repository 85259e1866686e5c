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

/** Why the agent speaks. `answer` goes to the language model; the others are said from the call's own lines. */
export type Purpose =
  | 'greeting'
  | 'answer'
  | 'resume'
  | 'reminder'
  | 'apology'
  | 'askAgain'
  | 'noOneAvailable'
  | 'welcomeBack'
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
}

/** What a flow is told of a tool that was run. */
export function toFlowEvent({ name, result, error }: ToolResult): FlowEvent {
  return result
    ? { type: 'tool.succeeded', tool: name, result }
    : { type: 'tool.failed', tool: name, error: error ?? 'no result' };
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
  // Commands from outside, and limits.
  | { type: 'call.conclude'; outcome: Outcome }
  | { type: 'call.hangUp'; outcome: Outcome }
  | { type: 'budget.exceeded' };
