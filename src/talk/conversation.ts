import type { FlowView } from '../../machines/flow-view.ts';
import type { Call } from '../../runtime/call.ts';

/** What the caller does. */
export type Act = (
  | { do: 'say'; text: string }
  | { do: 'press'; keys: string }
  /** Says nothing for so long. */
  | { do: 'wait'; ms: number }
  | { do: 'hangUp' }
) & {
  /** After so many words of the agent's reply, cutting it off. Else when the agent has finished. */
  afterWords?: number;
};

/** A person in conversation with a flow: the caller's side of one call. */
export interface Conversation {
  readonly call: Call;
  /** Where the flow stands and what may be chosen there. */
  readonly flow: FlowView;
  /** Where the call stands, as `floor.listening.quiet`. */
  readonly state: string;
  readonly hasEnded: boolean;
  /** How many words of the agent's reply can be heard so far; null when the agent is not about to speak. */
  readonly wordsHeard: number | null;
  /** Waits for the moment of the act, then does it to its end. The answer comes while `settle` is waited for. */
  take(act: Act): Promise<void>;
  /** Until it is the caller's turn or the call is over; sooner as soon as `isUrgent`, where time passes as it does in life. */
  settle(isUrgent: () => boolean): Promise<void>;
  close(): Promise<void>;
}
