import type { Outcome } from '../../machines/call-events.ts';
import type { Facts } from '../../machines/flow.ts';

/** Something that happened in a conversation, `atMs` from the call's start. */
export type News = { atMs: number } & (
  | { type: 'heard'; text: string; confidence: number; by: 'voice' | 'keypad' | 'text' }
  /** There was a voice, and no words were made out. */
  | { type: 'unclear' }
  | { type: 'chose'; choice: string; facts: Facts }
  | { type: 'notUnderstood' }
  /** The flow went on. */
  | { type: 'moved'; state: string }
  /** The call went on. */
  | { type: 'callMoved'; state: string }
  /** Null for what is known no more. */
  | { type: 'learnt'; facts: Readonly<Record<string, string | null>> }
  | { type: 'toolCalled'; name: string; input: Readonly<Record<string, unknown>> }
  | {
      type: 'toolAnswered';
      name: string;
      result: Readonly<Record<string, unknown>> | null;
      error: string | null;
    }
  /** How the reply came about: which model was asked and why, what failed, who answered. */
  | { type: 'explained'; text: string }
  | { type: 'failed'; text: string }
  /** The agent's reply as far as the caller can have heard it by now. */
  | { type: 'speaking'; text: string }
  /** The agent's reply as the caller heard it. */
  | { type: 'said'; text: string; interrupted: boolean }
  | { type: 'ended'; outcome: Outcome; turns: number }
);
