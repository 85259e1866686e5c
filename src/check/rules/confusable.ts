import type { FlowChoice } from '../../../machines/flow-view.ts';
import { compare } from '../../providers/embedded/navigator/similarity.ts';
import { toWords } from '../../providers/embedded/navigator/words.ts';
import type { OpenChoice } from '../choices.ts';
import type { ConfigPath } from '../config-path.ts';
import type { Rule } from '../finding.ts';
import { type Overlap, overlapOf } from '../likeness.ts';
import { type Place, within } from '../place.ts';
import type { Subject } from '../subject.ts';

/** How alike descriptions are that differ in little words alone: one word that means something may be all the difference. */
const SAME_MEANING = 0.97;

/** Choices that are open at once and that words cannot tell apart. */
export const confusableRules: readonly Rule[] = [
  {
    name: 'undescribed-choice',
    severity: 'warning',
    why: 'The description is all that a language model knows of the choice: it has to guess what the caller would mean by it.',
    *find({ chart, file }) {
      for (const { event, at, from, place } of chart.transitions) {
        if (at > 0 || place.home.file !== file.file || !event.startsWith('caller.')) continue;
        const all = from.transitions.get(event) ?? [];
        if (!all.some(({ meta }) => meta?.phrases) || all.some(({ description }) => description?.trim()))
          continue;
        yield {
          at: place,
          problem: `'${event}' has no description.`,
          mend: "Add one, as description: 'The caller wants to change the date.'",
        };
      }
    },
  },
  {
    name: 'ignored-phrases',
    severity: 'error',
    why: 'Of the transitions of one event, the first with phrases speaks for all: what is listed after it is not listened for.',
    *find({ chart, file }) {
      for (const { event, at, from, meta, place } of chart.transitions) {
        if (place.home.file !== file.file || !meta?.phrases) continue;
        const all = from.transitions.get(event) ?? [];
        if (all.findIndex(other => other.meta?.phrases) < at)
          yield {
            at: within(place, 'meta', 'phrases'),
            problem: `'${event}' has phrases at an earlier transition.`,
            mend: 'Put all of its phrases there, or make it an event of its own.',
          };
      }
    },
  },
  {
    name: 'same-phrase',
    severity: 'error',
    why: 'Whoever says it is asked again, however clearly they spoke.',
    *find(subject) {
      for (const { at, likeness } of overlaps(subject))
        if (likeness.score === 1)
          yield {
            at,
            problem: `“${likeness.said}” makes both '${likeness.from.event}' and '${likeness.to.event}'.`,
            mend: TELL_APART,
          };
    },
  },
  {
    name: 'similar-phrase',
    severity: 'warning',
    why: 'One misheard word is enough for the wrong choice.',
    *find(subject) {
      for (const { at, likeness } of overlaps(subject))
        if (likeness.score < 1)
          yield {
            at,
            problem: `“${likeness.said}” makes '${likeness.from.event}', and nearly '${likeness.to.event}'.`,
            mend: TELL_APART,
          };
    },
  },
  {
    name: 'same-description',
    severity: 'warning',
    why: 'A language model chooses by the description: of two that say the same it takes either.',
    *find(subject) {
      for (const { at, likeness } of meetings(subject, ['description'], likeDescriptions))
        yield {
          at,
          problem: `'${likeness.one}' and '${likeness.other}' are described ${likeness.isSame ? 'in' : 'almost in'} the same words.`,
          mend: 'Say in each what the caller means by it, and how it differs from the other.',
        };
    },
  },
];

const TELL_APART = 'Take the phrase out of one of them, or let a question in between tell them apart.';

interface Meeting<T> {
  at: Place;
  likeness: T;
}

const kept = new WeakMap<Subject, readonly Meeting<Overlap>[]>();

/** Phrases that make two choices which are open at once; two rules ask. */
function overlaps(subject: Subject): readonly Meeting<Overlap>[] {
  let found = kept.get(subject);
  if (!found) {
    found = [...meetings(subject, ['meta', 'phrases'], overlapOf)];
    kept.set(subject, found);
  }
  return found;
}

/** Compares each two choices that are open in one state, and each two only once. */
function* meetings<T>(
  subject: Subject,
  key: ConfigPath,
  compareTwo: (one: FlowChoice, other: FlowChoice) => T | null,
): Iterable<Meeting<T>> {
  const compared = new PairSet();
  const told = new PairSet();
  for (const language of subject.info.languages) {
    for (const leaf of subject.reached) {
      const open = subject.openChoices(leaf, language);
      for (const [index, one] of open.entries()) {
        for (const other of open.slice(index + 1)) {
          if (one.choice.by !== other.choice.by || mayExclude(one, other)) continue;
          if (!compared.add(one.choice, other.choice)) continue;
          const likeness = compareTwo(one.choice, other.choice);
          if (likeness && told.add(one.transitions, other.transitions))
            yield { at: within(phrasedPlace(one), ...key), likeness };
        }
      }
    }
  }
}

/** Where guards decide on both, they may be such that only one is open at a time. */
function mayExclude(one: OpenChoice, other: OpenChoice): boolean {
  return [one, other].every(({ transitions }) => transitions.every(({ guard }) => guard));
}

class PairSet {
  readonly #pairs = new Map<object, Set<object>>();

  /** Whether the pair was not there yet. */
  add(one: object, other: object): boolean {
    const others = this.#pairs.get(one) ?? new Set();
    this.#pairs.set(one, others);
    return others.size < others.add(other).size;
  }
}

function phrasedPlace({ transitions }: OpenChoice): Place {
  return (transitions.find(({ meta }) => meta?.phrases) ?? transitions[0]!).place;
}

/** Whether two descriptions are the same words, or almost; null when they differ. */
function likeDescriptions(one: FlowChoice, other: FlowChoice) {
  const [first, second] = [toWords(one.description), toWords(other.description)];
  if (first.length === 0 || second.length === 0) return null;
  const isSame = first.join(' ') === second.join(' ');
  if (!isSame && compare(first, second, () => false).score < SAME_MEANING) return null;
  return { one: one.event, other: other.event, isSame };
}
