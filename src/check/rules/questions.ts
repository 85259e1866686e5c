import { phrasesIn } from '../../../machines/phrases.ts';
import type { State } from '../chart.ts';
import type { Rule } from '../finding.ts';
import { within } from '../place.ts';
import type { Subject } from '../subject.ts';

/** Questions, and whether they can be heard a second time. */
export const questionRules: readonly Rule[] = [
  {
    name: 'nothing-to-say',
    severity: 'error',
    why: 'The caller comes here and hears nothing, and cannot be asked again either.',
    *find({ waiting }) {
      for (const { meta, place } of waiting)
        if (meta.say === undefined && meta.ask === undefined)
          yield {
            at: place,
            problem: 'The caller is waited for, and nothing is said.',
            mend: 'Add `say`, and `ask` for asking again.',
          };
    },
  },
  {
    name: 'cannot-repeat',
    severity: 'warning',
    why: 'Lines are noisy: “what did you say?” must be answered with the line once more.',
    *find(subject) {
      if (subject.isPart) return;
      for (const leaf of subject.waiting)
        if (!canRepeat(leaf, subject))
          yield {
            at: leaf.place,
            problem: 'No open choice says the line again.',
            mend: "Add to the chart's `on`: 'caller.wantsRepeat' with the phrases '@repeat' and actions: 'sayAgain'.",
          };
    },
  },
  {
    name: 'said-by-a-group',
    severity: 'error',
    why: 'Only the innermost state speaks: what is written at a state around it is never said or done.',
    *find({ ownStates }) {
      for (const { meta, place, kind, holds, parent, name } of ownStates) {
        if (parent === null || kind === 'atomic' || kind === 'final') continue;
        for (const key of Object.keys(meta)) {
          if (key === 'subflow') continue;
          yield {
            at: within(place, 'meta', key),
            problem: `'${name}' ${holds ? 'holds a sub-flow' : 'has states of its own'}: its '${key}' counts for nothing.`,
            mend: 'Move it to the states inside, or to one before them.',
          };
        }
      }
    },
  },
  {
    name: 'speaking-end',
    severity: 'error',
    why: 'A final state is left in the moment in which it is entered: its line is never said, its tool never called.',
    *find({ ownStates }) {
      for (const { meta, place, kind } of ownStates) {
        if (kind !== 'final') continue;
        for (const key of Object.keys(meta))
          yield {
            at: within(place, 'meta', key),
            problem: `The final state has a '${key}'.`,
            mend: "Say it in a state before; to end the call there, write `afterwards: 'hangUp'`.",
          };
      }
    },
  },
];

function canRepeat(leaf: State, subject: Subject): boolean {
  return subject.info.languages.every(language => {
    const asked = new Set(phrasesIn(language, ['@repeat']));
    const choices = subject.openChoices(leaf, language);
    // A language without lists of ours is told by the name of the choice.
    if (asked.size === 0) return choices.some(({ choice }) => /repeat|again/i.test(choice.event));
    return choices.some(({ choice }) => choice.phrases.some(phrase => asked.has(phrase)));
  });
}
