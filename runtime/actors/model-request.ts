import type { FlowView } from '../../machines/flow-view.ts';
import type { Call } from '../call.ts';
import type { Message, ModelRequest, ToolRound } from '../ports.ts';

/** How far a turn has come when the model is asked. */
export interface Step {
  turn: number;
  step: number;
  /** The words to answer; null when the agent speaks of its own accord. */
  said: string | null;
  utterances: readonly number[];
  flow: FlowView;
  rounds: readonly ToolRound[];
  /** This very turn until now. */
  soFar: readonly Message[];
}

export function modelRequest(call: Call, { utterances, soFar, rounds, ...step }: Step): ModelRequest {
  const { start, record } = call;
  const words = call.wordsOf(utterances);
  const { notes } = record.supervision;
  return {
    ...step,
    callId: start.callId,
    language: start.language,
    rounds: [...rounds],
    country: start.parameters.FromCountry ?? null,
    history: [...record.messages(step.turn), ...(step.said === null ? soFar : [])],
    ...words,
    misunderstood: record.misunderstood,
    ...(notes.length > 0 && { notes }),
  };
}
