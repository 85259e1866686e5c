import { type Clock, passing, systemClock } from '../../runtime/clock.ts';
import { AgentTurns, type Cue, type Patience } from './agent-turns.ts';
import type { CallEnd, PhoneCall } from './phone-call.ts';
import { voicedMs } from './speech-meter.ts';

const KEY_GAP_MS = 250;

/** What the caller does when it is their turn. */
export type Action =
  | { do: 'say'; audio: Uint8Array; label: string }
  | { do: 'press'; keys: string }
  | { do: 'hangUp' }
  | { do: 'dropLine' };

export interface CallerTurn {
  cue: Cue;
  action: Action;
}

export interface ScriptOptions extends Patience {
  clock?: Clock;
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
  /** How often the caller waited in vain, for a greeting or an answer. */
  unanswered: number;
  /** Every turn was taken and answered, and the call did not fail. */
  byPlan: boolean;
}

/**
 * Lets a caller with a plan loose on a call. Settles when the call has ended.
 */
export async function runScript(
  call: PhoneCall,
  turns: readonly CallerTurn[],
  options: ScriptOptions = {},
): Promise<ScriptEnd> {
  const { ending = 'hangUp', lingerMs = 3_000, onTurn } = options;
  const clock = options.clock ?? systemClock;
  const agent = new AgentTurns(call, clock, options);
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
      do await agent.cue({ when: 'agentFinished' });
      while (await agent.speaksWithin(lingerMs));
      if (!call.end) await call.hangUp();
    }
  } finally {
    agent.close();
  }

  const end = await call.ended();
  const { answersMs, unanswered } = agent;
  const byPlan = turnsTaken === turns.length && unanswered === 0 && end.by !== 'failure';
  return { call: end, turnsTaken, answersMs, unanswered, byPlan };
}

async function take(call: PhoneCall, action: Action, clock: Clock): Promise<void> {
  if (action.do === 'say') return call.say(action.audio);
  if (action.do === 'hangUp') return void (await call.hangUp());
  if (action.do === 'dropLine') return void (await call.line?.dropLine());

  for (const [index, key] of [...action.keys].entries()) {
    if (index > 0) await passing(KEY_GAP_MS, clock);
    call.key(key);
  }
}

/** How long the caller's voice will be heard; what the agent says after that is its answer. */
function expectedVoiceMs(action: Action): number {
  if (action.do === 'say') return voicedMs(action.audio);
  return action.do === 'press' ? (action.keys.length - 1) * KEY_GAP_MS : 0;
}
