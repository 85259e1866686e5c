import { ownerPartOf, type ReplyKey } from './reply-key.ts';

/** What is expected of a question that callers have asked where a call stands. */
export interface LikelyQuestion {
  key: ReplyKey;
  /** As the latest of its callers said it, in normal form. */
  words: string;
  /** How often it is expected to be asked while a reply is kept. */
  expectedAsks: number;
}

/** Half of what was asked is forgotten in this time. */
const HALF_LIFE_MS = 30 * 60_000;
/** Before so many different calls have asked, nothing but the key and the count is kept: the words may be somebody's own. */
const FEWEST_CALLS = 3;
const PLACES_PER_OWNER = 200;
const QUESTIONS_PER_PLACE = 60;

interface Asked {
  words: string | null;
  count: number;
  atMs: number;
  /** Different ones that have asked, until there are enough. */
  calls: Set<string>;
}

/** What callers ask in each state of each flow, counted; old counts fade. In memory, bounded for each company. */
export class HotQuestions {
  /** By owner, then by place; both in the order of use. */
  readonly #owners = new Map<string, Map<string, Map<ReplyKey, Asked>>>();

  asked(
    place: string,
    key: ReplyKey,
    words: string,
    { callId, nowMs }: { callId: string; nowMs: number },
  ): void {
    const questions = this.#questionsAt(place);
    const asked = questions.get(key) ?? { words: null, count: 0, atMs: nowMs, calls: new Set<string>() };
    asked.count = faded(asked, nowMs) + 1;
    asked.atMs = nowMs;
    if (asked.calls.size < FEWEST_CALLS) asked.calls.add(callId);
    if (asked.calls.size >= FEWEST_CALLS) asked.words = words;
    questions.set(key, asked);
    if (questions.size > QUESTIONS_PER_PLACE) questions.delete(leastAsked(questions, key, nowMs));
  }

  /** Those that several callers have asked, the most frequent first. */
  likelyAt(place: string, withinMs: number, nowMs: number): LikelyQuestion[] {
    const likely: LikelyQuestion[] = [];
    for (const [key, asked] of this.#owners.get(ownerPartOf(place))?.get(place) ?? []) {
      if (asked.words === null) continue;
      // A steady rate r keeps the count at r × half-life / ln 2.
      const expectedAsks = (faded(asked, nowMs) * Math.LN2 * withinMs) / HALF_LIFE_MS;
      likely.push({ key, words: asked.words, expectedAsks });
    }
    return likely.sort((one, other) => other.expectedAsks - one.expectedAsks);
  }

  #questionsAt(place: string): Map<ReplyKey, Asked> {
    const owner = ownerPartOf(place);
    const places = this.#owners.get(owner) ?? new Map<string, Map<ReplyKey, Asked>>();
    this.#owners.set(owner, places);
    const questions = places.get(place) ?? new Map<ReplyKey, Asked>();
    places.delete(place);
    places.set(place, questions);
    const [oldest] = places.keys();
    if (places.size > PLACES_PER_OWNER && oldest !== undefined) places.delete(oldest);
    return questions;
  }
}

function faded({ count, atMs }: Asked, nowMs: number): number {
  return count * 2 ** (-(nowMs - atMs) / HALF_LIFE_MS);
}

/** Not the one that was asked just now. */
function leastAsked(questions: ReadonlyMap<ReplyKey, Asked>, latest: ReplyKey, nowMs: number): ReplyKey {
  let least = latest;
  let fewest = Number.POSITIVE_INFINITY;
  for (const [key, asked] of questions) {
    const count = faded(asked, nowMs);
    if (key === latest || count >= fewest) continue;
    fewest = count;
    least = key;
  }
  return least;
}
