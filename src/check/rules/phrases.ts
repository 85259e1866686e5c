import { choiceOf } from '../../../machines/flow-view.ts';
import { rank } from '../../providers/embedded/navigator/match.ts';
import type { Rule } from '../finding.ts';
import { isConfig } from '../form.ts';
import { within } from '../place.ts';

/** The words that say nothing are known for English alone. */
const ENGLISH = 'en';

/** Phrases that can never be said, or never be taken. */
export const phraseRules: readonly Rule[] = [
  {
    name: 'unkeyable-phrase',
    severity: 'error',
    why: 'A keypad has digits only: this choice can never be made with it, and by voice it is not open.',
    *find({ chart, info, file }) {
      for (const { event, from, meta, place } of chart.transitions) {
        if (place.home.file !== file.file || meta?.by !== 'keypad' || !meta.phrases) continue;
        const choice = choiceOf(event, from.transitions.get(event) ?? [], info, info.languages[0]!);
        const keyable = choice?.phrases.some(phrase =>
          /^[\d\s*#]+$/.test(
            phrase.replace(/\{(\w+)\}/g, (_, name) =>
              choice.slots[name]?.type === 'digits' ? '0' : 'words',
            ),
          ),
        );
        if (!keyable)
          yield {
            at: within(place, 'meta', 'phrases'),
            problem: 'No phrase of this choice can be keyed in.',
            mend: "Use digits, or a slot of a fact of the type 'digits'.",
          };
      }
    },
  },
  {
    name: 'untakeable-phrase',
    severity: 'warning',
    why: 'It consists of words that everybody says in between: without a language model it is passed over.',
    *find({ chart, info, file }) {
      for (const { event, from, meta, place } of chart.transitions) {
        if (place.home.file !== file.file || !meta?.phrases || !info.languages.includes(ENGLISH)) continue;
        const choice = choiceOf(event, from.transitions.get(event) ?? [], info, ENGLISH);
        const written = isConfig(meta.phrases)
          ? meta.phrases[ENGLISH]
          : info.languages[0] === ENGLISH && meta.phrases;
        const path = isConfig(meta.phrases) ? [ENGLISH] : [];
        if (!choice || !Array.isArray(written)) continue;
        for (const [index, phrase] of (written as readonly string[]).entries()) {
          if (/^@|\{/.test(phrase) || rank(phrase, [choice])[0]?.score === 1) continue;
          yield {
            at: within(place, 'meta', 'phrases', ...path, index),
            problem:
              phrase.trim() === ''
                ? 'The phrase is empty.'
                : `“${phrase}” alone is never taken for this choice.`,
            mend: 'Take it out, or add a word that says what is meant.',
          };
        }
      }
    },
  },
  {
    name: 'sloppy-phrase',
    severity: 'warning',
    why: 'A recogniser listens for words as they sound; digits, signs and full stops in a phrase are never heard.',
    *find({ chart, file }) {
      for (const { meta, place } of chart.transitions) {
        if (place.home.file !== file.file || !meta?.phrases) continue;
        for (const phrase of [Object.values(meta.phrases)].flat(2) as string[]) {
          const found = /[.,;:!?¿¡"()…]|[\p{Lu}]/u.exec(phrase.replace(/\{[^{}]*\}?/g, ''));
          if (found && !phrase.startsWith('@'))
            yield {
              at: within(place, 'meta', 'phrases'),
              problem: `The phrase “${phrase}” is not written as it is heard.`,
              mend: 'Write it in lower case and without punctuation.',
            };
        }
      }
    },
  },
];
