import type { FlowView } from '../../../../machines/flow-view.ts';

/**
 * What is said when the caller was not understood, more helpful each time: the question again, then another way to
 * answer, then a person. `misunderstood` counts the times before this one.
 */
export function askAgain(flow: FlowView, misunderstood: number): string {
  return [...apology(flow, misunderstood), flow.ask ?? ''].filter(Boolean).join(' ');
}

function apology(flow: FlowView, misunderstood: number): string[] {
  if (misunderstood === 0) return ["Sorry, I didn't catch that."];
  if (misunderstood === 1) return ["Sorry, I still didn't get that.", anotherWay(flow)];
  return ["I'm sorry, I'm having trouble understanding.", wayToPerson(flow) ?? anotherWay(flow)];
}

function anotherWay(flow: FlowView): string {
  if (flow.choices.some(choice => choice.by === 'keypad')) return 'You can also key in the number.';
  const examples = flow.choices
    .flatMap(choice => choice.phrases.slice(0, 1))
    .filter(phrase => !phrase.includes('{'));
  return examples.length === 0 ? '' : `You can say, for example, ${examples.slice(0, 2).join(', or ')}.`;
}

/** Flows call the way to a person `caller.wantsPerson`; its first phrase is the shortest way to ask for it. */
function wayToPerson(flow: FlowView): string | null {
  const phrase = flow.choices.find(choice => choice.event === 'caller.wantsPerson')?.phrases[0];
  return phrase === undefined ? null : `To talk to a person, say ${phrase}.`;
}
