import type { Rehearsal } from '../rehearsal/rehearsal.ts';
import type { Act } from './conversation.ts';

/** From the end of the agent's words to the caller's first, as scenarios have it. */
const REACTION_MS = 300;

/** The act cannot be done any more. */
export class TooLate extends Error {
  override readonly name = 'TooLate';
}

/** Waits for the moment of the act and does it, exactly as a scenario of the same step would. */
export async function perform(rehearsal: Rehearsal, act: Act): Promise<void> {
  await untilMomentOf(rehearsal, act);
  await carryOut(rehearsal, act);
}

/** Throws a `TooLate` when the call is over before. */
export async function untilMomentOf(rehearsal: Rehearsal, { do: does, afterWords }: Act): Promise<void> {
  const cutsIn = afterWords !== undefined && (await rehearsal.untilHeard({ words: afterWords }));
  if (!cutsIn) {
    await rehearsal.untilListening();
    if (does !== 'wait' && !rehearsal.hasEnded) await rehearsal.pass(REACTION_MS);
  }
  if (rehearsal.hasEnded) throw new TooLate('The call is over.');
}

export async function carryOut(rehearsal: Rehearsal, act: Act): Promise<void> {
  if (act.do === 'say') return rehearsal.callerSays(act.text);
  if (act.do === 'press') return rehearsal.callerKeys(act.keys);
  if (act.do === 'wait') return rehearsal.silence(act.ms);
  return rehearsal.hangUp();
}
