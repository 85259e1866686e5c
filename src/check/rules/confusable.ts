import { spokenWays } from '../../../machines/expected-phrases.ts';
import type { FlowChoice } from '../../../machines/flow-view.ts';
import { rank } from '../../providers/embedded/navigator/match.ts';
import { compare } from '../../providers/embedded/navigator/similarity.ts';
import { toWords } from '../../providers/embedded/navigator/words.ts';
import type { State } from '../chart.ts';
import type { OpenChoice } from '../choices.ts';
import type { Found, Rule } from '../finding.ts';
import { type Place, within } from '../place.ts';
import type { Subject } from '../subject.ts';

/** A score from which another choice is as good as the one that was meant; the navigator asks again below this lead. */
const NEARLY_THE_SAME = 0.9;
const DIGITS = '1234567890';

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
    find: subject => pairs(subject, 'phrases', (one, other) => overlap(one, other, 1)),
  },
  {
    name: 'similar-phrase',
    severity: 'warning',
    why: 'One misheard word is enough for the wrong choice.',
    find: subject =>
      pairs(subject, 'phrases', (one, other) =>
        overlap(one, other, 1) ? null : overlap(one, other, NEARLY_THE_SAME),
      ),
  },
  {
    name: 'same-description',
    severity: 'warning',
    why: 'A language model chooses by the description: of two that say the same it takes either.',
    find: subject => pairs(subject, 'description', likeDescriptions),
  },
];

interface Likeness {
  problem: string;
  mend: string;
}

/** Compares each two choices that are open in one state, and each two only once. */
function* pairs(
  subject: Subject,
  key: 'phrases' | 'description',
  compareTwo: (one: FlowChoice, other: FlowChoice) => Likeness | null,
): Iterable<Found> {
  const compared = new PairSet();
  const told = new PairSet();
  for (const language of subject.info.languages) {
    for (const leaf of subject.reached) {
      const open = subject.openChoices(leaf, language);
      for (const [index, one] of open.entries()) {
        for (const other of open.slice(index + 1)) {
          if (one.choice.by !== other.choice.by || !compared.add(one.choice, other.choice)) continue;
          const likeness = compareTwo(one.choice, other.choice);
          if (likeness && told.add(one.transitions, other.transitions))
            yield { at: spot(one, leaf, key), ...likeness };
        }
      }
    }
  }
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

/** The choice as it is written, in the state where the two meet if it is written further out. */
function spot({ transitions, owner }: OpenChoice, leaf: State, key: 'phrases' | 'description'): Place {
  const transition = transitions.find(({ meta }) => meta?.phrases) ?? transitions[0]!;
  const place =
    key === 'phrases' ? within(transition.place, 'meta', 'phrases') : within(transition.place, key);
  return owner.parent === null ? place : { ...place, state: owner === leaf ? leaf.name : owner.name };
}

/** The first phrase of either that fits the other as well as `score`. */
function overlap(one: FlowChoice, other: FlowChoice, score: number): Likeness | null {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    for (const said of saidFor(from)) {
      const itself = rank(said, [from])[0]!.score;
      const likeness = rank(said, [to])[0]!.score;
      // What is said word for word is taken, unless both have it word for word.
      if (itself < 1 || likeness < score) continue;
      return {
        problem:
          score === 1
            ? `“${said}” makes both '${from.event}' and '${to.event}'.`
            : `“${said}” makes '${from.event}', and nearly '${to.event}'.`,
        mend: 'Take the phrase out of one of them, or let a question in between tell them apart.',
      };
    }
  }
  return null;
}

const kept = new WeakMap<FlowChoice, readonly string[]>();

/** What may be said for a choice, with digits for its slots; slots for any words are left out. */
function saidFor(choice: FlowChoice): readonly string[] {
  let said = kept.get(choice);
  if (!said) {
    said = spokenWays(choice)
      .map(({ text }) => text)
      .filter(text =>
        [...text.matchAll(/\{(\w+)\}/g)].every(([, name]) => choice.slots[name!]?.type === 'digits'),
      )
      .map(text => text.replace(/\{(\w+)\}/g, (_, name: string) => digitsFor(choice, name)));
    kept.set(choice, said);
  }
  return said;
}

function digitsFor({ slots }: FlowChoice, name: string): string {
  const slot = slots[name];
  const length = slot?.type === 'digits' ? (slot.length ?? 4) : 4;
  return DIGITS.repeat(Math.ceil(length / DIGITS.length)).slice(0, length);
}

function likeDescriptions(one: FlowChoice, other: FlowChoice): Likeness | null {
  const [first, second] = [toWords(one.description), toWords(other.description)];
  if (first.length === 0 || second.length === 0) return null;
  const same = first.join(' ') === second.join(' ');
  if (!same && compare(first, second, () => false).score < NEARLY_THE_SAME) return null;
  return {
    problem: `'${one.event}' and '${other.event}' are described ${same ? 'in the same words' : 'almost in the same words'}.`,
    mend: 'Say in each what the caller means by it, and how it differs from the other.',
  };
}
