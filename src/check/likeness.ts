import { spokenWays } from '../../machines/expected-phrases.ts';
import type { FlowChoice } from '../../machines/flow-view.ts';
import { rank } from '../providers/embedded/navigator/match.ts';
import { toWords } from '../providers/embedded/navigator/words.ts';

/** What may be said for one choice and fits another as well, or nearly. */
export interface Overlap {
  said: string;
  /** The choice that it is said for. */
  from: FlowChoice;
  to: FlowChoice;
  /** How well it fits the other: 1 when word for word. */
  score: number;
}

/** A score from which another choice is as good as the one that was meant: one word misheard, and it is taken. */
export const NEARLY_THE_SAME = 0.9;
const DIGITS = '1234567890';
const USUAL_DIGITS = 4;

/** The worst overlap of two choices, or null when they can be told apart, as the navigator would. */
export function overlapOf(one: FlowChoice, other: FlowChoice): Overlap | null {
  return worst(overlapInto(one, other), overlapInto(other, one));
}

function overlapInto(from: FlowChoice, to: FlowChoice): Overlap | null {
  const { choice: whole, said } = speakable(from);
  const { choice, ways } = speakable(to);
  let found: Overlap | null = null;
  for (const { text, words } of said) {
    if (!ways.some(way => mayBeAlike(words, way.words))) continue;
    const { score } = rank(text, [choice])[0]!;
    if (score < NEARLY_THE_SAME || score <= (found?.score ?? 0)) continue;
    // The navigator takes a phrase that is only fillers for no choice at all.
    if (rank(text, [whole])[0]!.score === 1) found = { said: text, from, to, score };
    if (found?.score === 1) break;
  }
  return found;
}

/**
 * Phrases that are nearly the same have two words of five in common: at a likeness of 0.9 there are at most three little
 * words that differ for two that mean something and do not. Counting is much cheaper than weighing.
 */
function mayBeAlike(one: readonly string[], other: readonly string[]): boolean {
  const common = one.filter(word => other.includes(word) || (isRun(word) && other.some(isRun))).length;
  return common >= 0.4 * Math.max(one.length, other.length);
}

function worst(one: Overlap | null, other: Overlap | null): Overlap | null {
  return (other?.score ?? 0) > (one?.score ?? 0) ? other : one;
}

/** A run of digits: which ones they are makes no difference to a slot. */
function isRun(word: string): boolean {
  return word.startsWith('#');
}

interface Way {
  text: string;
  words: readonly string[];
}

interface Speakable {
  /** The choice without phrases that catch any words: they fit everything, for want of better. */
  choice: FlowChoice;
  /** All that may be said for it, with digits in its slots. */
  ways: readonly Way[];
  /** Enough of it to be tried on other choices: of a phrase around a slot, one way for all. */
  said: readonly Way[];
}

const kept = new WeakMap<FlowChoice, Speakable>();

function speakable(choice: FlowChoice): Speakable {
  let made = kept.get(choice);
  if (!made) {
    made = makeSpeakable(choice);
    kept.set(choice, made);
  }
  return made;
}

function makeSpeakable(choice: FlowChoice): Speakable {
  const phrases = choice.phrases.filter(phrase =>
    slotsIn(phrase).every(name => choice.slots[name] && choice.slots[name].type !== 'text'),
  );
  const waysOf = (of: readonly string[]): Way[] =>
    spokenWays({ ...choice, phrases: of }).map(({ text }) => {
      const filled = text.replace(/\{(\w+)\}/g, (_, name: string) => digitsFor(choice, name));
      return { text: filled, words: toWords(filled, choice.language) };
    });
  const said = phrases.flatMap(phrase => {
    const ways = waysOf([phrase]);
    return /^\{\w+\}$/.test(phrase) ? ways : ways.slice(0, 1);
  });
  return { choice: { ...choice, phrases }, ways: waysOf(phrases), said };
}

function slotsIn(phrase: string): string[] {
  return [...phrase.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
}

function digitsFor({ slots }: FlowChoice, name: string): string {
  const slot = slots[name];
  const length = slot?.type === 'digits' ? (slot.length ?? USUAL_DIGITS) : USUAL_DIGITS;
  return DIGITS.repeat(Math.ceil(length / DIGITS.length)).slice(0, length);
}
