import type { Facts } from '../../machines/flow.ts';
import type { FlowChoice } from '../../machines/flow-view.ts';
import { choose } from '../providers/embedded/navigator/match.ts';
import type { Words } from './story.ts';

/** What the scripted navigator makes of the caller's words. */
export type Understood =
  | { chosen: string; facts: Facts; score: number }
  | { chosen: null; why: 'unsure' | 'unlikely' | 'incomplete' };

export function understand({ text, by, confidence }: Words, choices: readonly FlowChoice[]): Understood {
  const match = choose(text, by, confidence, choices);
  if (match.outcome !== 'chosen') return { chosen: null, why: match.outcome };
  return { chosen: match.event, facts: match.facts, score: match.score };
}

/** The same words choose the same: the same choices are open, with the same phrases and descriptions. */
export function understandAlike(one: readonly FlowChoice[], other: readonly FlowChoice[]): boolean {
  if (one.length !== other.length) return false;
  return one.every(choice => {
    const twin = other.find(({ event }) => event === choice.event);
    return twin !== undefined && alike(choice, twin);
  });
}

/** Choices are made once for each chart and language, and compared again and again. */
const compared = new WeakMap<FlowChoice, WeakMap<FlowChoice, boolean>>();

function alike(one: FlowChoice, other: FlowChoice): boolean {
  let known = compared.get(one);
  if (!known) {
    known = new WeakMap();
    compared.set(one, known);
  }
  let answer = known.get(other);
  if (answer === undefined) {
    answer = formOf(one) === formOf(other);
    known.set(other, answer);
  }
  return answer;
}

function formOf({ description, phrases, slots, by }: FlowChoice): string {
  return JSON.stringify([description, phrases, slots, by]);
}
