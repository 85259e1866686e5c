import type { Rule } from '../finding.ts';
import { linesOf, sentencesOf } from '../lines.ts';
import { within } from '../place.ts';
import { secondsToSay } from '../speaking-time.ts';
import { isNotice } from './disclosure-phrases.ts';

/** Longer than this nobody listens without being able to say a word. */
const LONGEST_UNINTERRUPTED_S = 20;

/** What must be heard to the end, and what must not be forced on anybody. */
export const disclosureRules: readonly Rule[] = [
  {
    name: 'interruptible-disclosure',
    severity: 'warning',
    why: 'A caller who speaks into it has not been told, and nobody can show afterwards that they were.',
    *find({ ownStates, info }) {
      for (const state of ownStates) {
        if (state.meta.uninterruptible) continue;
        for (const { as, language, text, place } of linesOf(state, info.languages[0]!)) {
          const notice =
            as === 'say' ? sentencesOf(text).find(sentence => isNotice(sentence, language)) : undefined;
          if (notice === undefined) continue;
          yield {
            at: place,
            problem: `“${notice}” reads like a notice, and the caller can cut it short.`,
            mend: 'Add `uninterruptible: true`; move whatever may be interrupted to a state of its own.',
          };
          break;
        }
      }
    },
  },
  {
    name: 'demanding-disclosure',
    severity: 'warning',
    why: 'The caller cannot answer, correct or stop the agent while it speaks, and answers the wrong question afterwards.',
    *find({ ownStates, info, fact }) {
      for (const state of ownStates) {
        if (!state.meta.uninterruptible) continue;
        for (const { as, text, place } of linesOf(state, info.languages[0]!)) {
          if (as !== 'say') continue;
          const questions = sentencesOf(text).filter(sentence => /[?？]\s*$/.test(sentence)).length;
          const seconds = secondsToSay(text, fact);
          if (questions > 1)
            yield {
              at: place,
              problem: `${questions} questions are asked, and the first cannot be answered before the last.`,
              mend: 'Ask one thing here and the rest in the next state.',
            };
          else if (seconds > LONGEST_UNINTERRUPTED_S)
            yield {
              at: within(place),
              problem: `The caller cannot say a word for about ${Math.round(seconds)} seconds.`,
              mend: `Keep only what must be heard to the end, at most ${LONGEST_UNINTERRUPTED_S} seconds of it.`,
            };
        }
      }
    },
  },
];
