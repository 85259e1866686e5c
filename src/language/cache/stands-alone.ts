import { speechHabits } from './speech-habits.ts';

/** A shorter one is an answer to what was just asked, or half a sentence. */
const FEWEST_WORDS = 3;

/**
 * Whether words in their normal form mean the same whatever was said before: a question or a wish of its own, at least three
 * words long, with no word that points back. Of languages whose words are not known, nothing does.
 */
export function standsAlone(words: readonly string[], language: string): boolean {
  const habits = speechHabits(language);
  if (!habits || words.length < FEWEST_WORDS) return false;
  const { pointing, existential, opening, goingOn } = habits;
  const begins = (phrases: readonly string[]) =>
    phrases.some(phrase => `${words.join(' ')} `.startsWith(`${phrase} `));
  const pointsBack = words.some(
    (word, at) =>
      pointing.includes(word) &&
      (at === words.length - 1 ||
        !existential.some(([before, ordinary]) => word === ordinary && words[at - 1] === before)),
  );
  return !pointsBack && begins(opening) && !begins(goingOn);
}
