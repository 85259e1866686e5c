import { type SpokenWay, spokenWays } from '../../../../machines/expected-phrases.ts';
import type { AnsweredBy, Language } from '../../../../machines/flow.ts';
import { choicesBy, type FlowChoice } from '../../../../machines/flow-view.ts';
import { compare, type Fits, isSlot, mostAlike, type PhraseWords, weightIn } from './similarity.ts';
import { digitsOf, toWords } from './words.ts';

export type Match =
  | { outcome: 'chosen'; event: string; facts: Record<string, string>; score: number }
  /** Two choices fit about as well. */
  | { outcome: 'unsure' }
  /** No choice fits. */
  | { outcome: 'unlikely' }
  /** The caller has not finished: a phrase has only begun, or nothing has been said but "um". */
  | { outcome: 'incomplete' };

/** A choice and how well its best phrase fits. */
export interface Candidate {
  event: string;
  /** 0 … 1; 1 when the words are the phrase. */
  score: number;
  facts: Record<string, string>;
  /** All that was said is the fact, as a name is: there is no phrase to be unlike. */
  isBareText?: true;
}

/** A score that words heard with full confidence must reach. */
const LEAST_SCORE = 0.75;
/** How far the best choice must be ahead of the next. */
const LEAST_MARGIN = 0.12;
/** Scores below this play no part, so nobody works them out. */
const NEGLIGIBLE_SCORE = 0.5;
/** Nobody who talks on like this says one of the flow's phrases. */
const MOST_WORDS = 100;
/** A slot for any words catches at most so many. */
const MOST_TEXT_WORDS = 12;
/** What two phrases of a choice count, said one after the other: less than one of another choice word for word. */
const TWICE_SAID = 0.98;
/** Below this confidence the least score rises; it passes 1, so that nothing is taken, at `LEAST_CONFIDENCE`. */
const FULL_CONFIDENCE = 0.8;
/** Names are seldom heard with more confidence, and are read back. */
const LEAST_CONFIDENCE_IN_TEXT = 0.4;
/** Below this confidence of the recogniser not even a whole phrase is believed. */
export const LEAST_CONFIDENCE = 0.2;

/**
 * Finds the choice that the caller's words make. An unlikely choice is never taken: asking again costs a moment, a
 * wrong turn costs the caller's trust. Pure.
 */
export function choose(
  said: string,
  by: AnsweredBy,
  confidence: number,
  choices: readonly FlowChoice[],
): Match {
  const words = toWords(said, languageOf(choices));
  if (words.length === 0) return { outcome: 'incomplete' };
  if (words.length > MOST_WORDS) return { outcome: 'unlikely' };

  const open = choicesBy(choices, by);
  const [best, next] = rank(said, open);
  const leastScore = by === 'voice' ? leastScoreAt(confidence, best) : LEAST_SCORE;

  if (best?.score !== 1 && stopsBeforeSlot(words, open)) return { outcome: 'incomplete' };
  if (!best || best.score < leastScore) {
    return best?.score !== 1 && hasBegun(words, open) ? { outcome: 'incomplete' } : { outcome: 'unlikely' };
  }
  if (next && (best.score === 1 ? next.score === 1 : best.score - next.score < LEAST_MARGIN)) {
    return { outcome: 'unsure' };
  }
  const { event, score, facts } = best;
  return { outcome: 'chosen', event, score, facts };
}

/** All choices, the best first. A score under `NEGLIGIBLE_SCORE` may be given as 0. */
export function rank(said: string, choices: readonly FlowChoice[]): Candidate[] {
  const words = toWords(said, languageOf(choices));
  return choices.map(choice => bestOf(words, choice)).sort((one, other) => other.score - one.score);
}

/** Choices that are open together are in one language. */
function languageOf([first]: readonly FlowChoice[]): Language {
  return first?.language ?? 'en';
}

function bestOf(words: readonly string[], choice: FlowChoice): Candidate {
  const fits: Fits = (slot, run) => caught(choice, slot, run) !== null;
  let best: Candidate = { event: choice.event, score: 0, facts: {} };
  const saidWeight = weightIn(choice.language, words);
  for (const { phrase, weight, free, facts: told } of waysOf(choice)) {
    if (free) {
      const text = catchText(words, phrase, free);
      if (text && text.score > best.score)
        best = {
          event: choice.event,
          score: text.score,
          facts: { ...told, [slotName(free)]: text.caught },
          ...(phrase.length === 1 && { isBareText: true }),
        };
      continue;
    }
    if (mostAlike(saidWeight, weight) <= Math.max(best.score, NEGLIGIBLE_SCORE)) continue;
    const { score, facts, sharesMeaning } = compare(words, phrase, fits, choice.language);
    if (score <= best.score || (score < 1 && !sharesMeaning)) continue;
    best = { event: choice.event, score, facts: { ...told, ...catchAll(choice, facts) } };
  }
  if (best.score < TWICE_SAID && isSaidTwice(words, choice))
    return { event: choice.event, score: TWICE_SAID, facts: {} };
  return best;
}

/** Two of the choice's phrases in a row, without slots: "yes, go ahead", "no, leave it". */
function isSaidTwice(words: readonly string[], choice: FlowChoice): boolean {
  const phrases = wholePhrases(choice);
  let first = '';
  for (const [at, word] of words.entries()) {
    if (phrases.has(first) && phrases.has(words.slice(at).join(' '))) return true;
    first = first ? `${first} ${word}` : word;
  }
  return false;
}

function leastScoreAt(confidence: number, best: Candidate | undefined): number {
  if (best?.isBareText && confidence >= LEAST_CONFIDENCE_IN_TEXT) return LEAST_SCORE;
  const doubt = Math.max(0, FULL_CONFIDENCE - confidence) / (FULL_CONFIDENCE - LEAST_CONFIDENCE);
  return doubt > 1 ? Number.POSITIVE_INFINITY : LEAST_SCORE + doubt * (1 - LEAST_SCORE);
}

/** The words end where a slot's digits should begin, or with too few of them. */
function stopsBeforeSlot(words: readonly string[], choices: readonly FlowChoice[]): boolean {
  return choices.some(choice => {
    const tooFew: Fits = (slot, run) => run.length < (lengthOf(choice, slot) ?? 0);
    const saidWeight = weightIn(choice.language, words);
    return waysOf(choice).some(({ phrase, weight }) => {
      const slotAt = phrase.findIndex(isSlot);
      if (slotAt < 0) return false;
      if (words.length === slotAt) return startsWith(phrase, words);
      if (digitsOf(words.at(-1)!) === null || mostAlike(saidWeight, weight) < LEAST_SCORE) return false;
      return compare(words, phrase, tooFew, choice.language).score >= LEAST_SCORE;
    });
  });
}

/** At least two words of a phrase have been said, and not all. */
function hasBegun(words: readonly string[], choices: readonly FlowChoice[]): boolean {
  if (words.length < 2) return false;
  return choices.some(choice => waysOf(choice).some(({ phrase }) => startsWith(phrase, words)));
}

function startsWith(phrase: PhraseWords, words: readonly string[]): boolean {
  return words.length < phrase.length && words.every((word, at) => word === phrase[at]);
}

function catchAll(choice: FlowChoice, runs: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(runs).map(([slot, run]) => [slot, caught(choice, slot, run) ?? '']),
  );
}

/** The digits a slot takes from a run, or null when there are too few or too many. */
function caught(choice: FlowChoice, slot: string, run: string): string | null {
  const length = lengthOf(choice, slot);
  const withoutSigh = run.length - 1 === length && run.startsWith('o') ? run.slice(1) : run;
  if (length !== undefined && withoutSigh.length !== length) return null;
  return withoutSigh.replaceAll('o', '0');
}

function lengthOf({ slots }: FlowChoice, name: string): number | undefined {
  const slot = slots[name];
  return slot?.type === 'digits' ? slot.length : undefined;
}

function slotName(word: string): string {
  return word.slice(1, -1);
}

/** Any words are caught only between the very words of the phrase, and by a phrase of nothing else only for want of better. */
function catchText(
  words: readonly string[],
  phrase: PhraseWords,
  slot: string,
): { score: number; caught: string } | null {
  const before = phrase.indexOf(slot);
  const after = phrase.length - before - 1;
  const caught = words.slice(before, words.length - after);
  if (caught.length === 0 || caught.length > MOST_TEXT_WORDS) return null;
  const around = [...words.slice(0, before), ...words.slice(words.length - after)];
  if (around.some((word, at) => word !== phrase.filter(part => part !== slot)[at])) return null;
  const score = around.length === 0 ? LEAST_SCORE : 1 - LEAST_MARGIN / 2;
  return { score, caught: caught.map(word => word.replace(/^#/, '')).join(' ') };
}

interface Way {
  phrase: PhraseWords;
  /** Of the phrase. */
  weight: number;
  /** The phrase's slot for any words. */
  free: string | undefined;
  facts: SpokenWay['facts'];
}

/** Splitting a phrase into words costs more than comparing it, and a chart's phrases never change. */
const split = new WeakMap<readonly SpokenWay[], Way[]>();

function waysOf(choice: FlowChoice): Way[] {
  const spoken = spokenWays(choice);
  let ways = split.get(spoken);
  if (!ways) {
    ways = spoken.map(({ text, facts }) => {
      const phrase = phraseWords(text, choice.language);
      const free = phrase.find(word => isSlot(word) && choice.slots[slotName(word)]?.type === 'text');
      return { phrase, weight: weightIn(choice.language, phrase), free, facts };
    });
    split.set(spoken, ways);
  }
  return ways;
}

const whole = new WeakMap<readonly Way[], ReadonlySet<string>>();

function wholePhrases(choice: FlowChoice): ReadonlySet<string> {
  const ways = waysOf(choice);
  let phrases = whole.get(ways);
  if (!phrases) {
    const plain = ways.filter(({ phrase, facts }) => !phrase.some(isSlot) && Object.keys(facts).length === 0);
    phrases = new Set(plain.map(({ phrase }) => phrase.join(' ')).filter(Boolean));
    whole.set(ways, phrases);
  }
  return phrases;
}

function phraseWords(phrase: string, language: Language): PhraseWords {
  return phrase.split(/(\{\w+\})/).flatMap(part => (isSlot(part) ? [part] : toWords(part, language)));
}
