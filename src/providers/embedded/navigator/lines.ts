import type { FlowView } from '../../../../machines/flow-view.ts';
import { navigatorLanguage } from './languages/index.ts';

/**
 * What is said when the caller was not understood, more helpful each time: the question again, then another way to
 * answer, then a person. `misunderstood` counts the times before this one.
 */
export function askAgain(flow: FlowView, misunderstood: number): string {
  const { apologies } = navigatorLanguage(flow.language).lines;
  const apology = apologies[Math.min(misunderstood, apologies.length - 1)] ?? '';
  return [apology, wayOn(flow, misunderstood), flow.ask ?? ''].filter(Boolean).join(' ');
}

function wayOn(flow: FlowView, misunderstood: number): string {
  if (misunderstood === 0) return '';
  if (misunderstood === 1) return anotherWay(flow);
  return wayToPerson(flow) ?? anotherWay(flow);
}

function anotherWay(flow: FlowView): string {
  const { lines } = navigatorLanguage(flow.language);
  if (canKeyAnswer(flow)) return lines.keypad;
  const examples = flow.choices
    .flatMap(choice => choice.phrases.slice(0, 1))
    .filter(phrase => !phrase.includes('{'));
  return examples.length === 0 ? '' : lines.examples(examples.slice(0, 2));
}

/** Keys can be open that do not answer what is asked, as for a number when a name is. */
function canKeyAnswer({ choices, collects }: FlowView): boolean {
  const asked = Object.keys(collects);
  return choices.some(
    ({ by, slots }) => by === 'keypad' && (asked.length === 0 || asked.some(fact => fact in slots)),
  );
}

/** Flows call the way to a person `caller.wantsPerson`; its first phrase is the shortest way to ask for it. */
function wayToPerson(flow: FlowView): string | null {
  const phrase = flow.choices.find(choice => choice.event === 'caller.wantsPerson')?.phrases[0];
  return phrase === undefined ? null : navigatorLanguage(flow.language).lines.person(phrase);
}
