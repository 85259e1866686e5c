import { speechHabits } from './speech-habits.ts';

/** A shorter one is an answer to what was just asked, or half a sentence. */
const FEWEST_WORDS = 3;

/**
 * Whether words in their normal form mean the same whatever was said before: a question or a wish of its own, at least three
 * words long, with no word that points back. Of languages whose words are not known, nothing does.
 */
export function standsAlone(words: readonly string[], language: string): boolean {
  const habits = speechHabits(language);
  if (!habits || words.length < FEWEST_WORDS || habits.goingOn.includes(words[0]!)) return false;
  const { pointing, existential, opening } = habits;
  const pointsBack = words.some(
    (word, at) =>
      pointing.includes(word) &&
      !existential.some(([before, ordinary]) => word === ordinary && words[at - 1] === before),
  );
  return !pointsBack && opening.some(phrase => `${words.join(' ')} `.startsWith(`${phrase} `));
}
