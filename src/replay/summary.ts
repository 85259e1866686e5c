import { type CallComparison, type Difference, EFFECTS, type Effect, type Ending } from './comparison.ts';

/** How many calls are named for each finding. */
const MAX_EXAMPLES = 3;

/** How many calls something is so in, and a few of them. */
export interface Tally {
  calls: number;
  /** Call ids. */
  examples: readonly string[];
}

export interface PartingTally extends Tally {
  /** Where the recorded flow came to, and the edited one; null where one comes to nothing. */
  was: string | null;
  would: string | null;
  differs: readonly Difference[];
  choiceThen: string | null;
  choiceNow: string | null;
  leadsTo: string | null;
  isOver: boolean;
}

/** What an edited flow would have done to many calls. */
export interface ReplaySummary {
  calls: number;
  /** Of the calls that were compared. */
  effects: Readonly<Record<Effect, Tally>>;
  /** Unchanged or not, calls of which it is only assumed that the words choose as they did. */
  assumed: Tally;
  /** Where calls first take another course, most frequent first. */
  partings: readonly PartingTally[];
  endings: readonly (Tally & { from: Ending; to: Ending })[];
  unknown: readonly (Tally & { state: string })[];
  /** States that calls came to and would not, and the other way round. */
  lostStates: readonly (Tally & { state: string })[];
  newStates: readonly (Tally & { state: string })[];
  /** Questions asked again more often than then, by the state that asks. */
  askedAgain: readonly (Tally & { state: string; was: number; would: number })[];
  /** Choices that callers made and could not make any more, by the state they would be in. */
  closedChoices: readonly (Tally & { state: string; choice: string })[];
  /** Facts that would differ at the end. */
  facts: readonly (Tally & { fact: string })[];
  /** Calls that could not be compared, by why. */
  skipped: readonly (Tally & { why: string })[];
}

/** Counts comparisons as they come, so that nobody has to keep a week of them. */
export class Summary {
  #calls = 0;
  readonly #effects = new Map(EFFECTS.map(effect => [effect, new Count({})]));
  readonly #assumed = new Count({});
  readonly #partings = new Counts<Omit<PartingTally, keyof Tally>>();
  readonly #endings = new Counts<{ from: Ending; to: Ending }>();
  readonly #unknown = new Counts<{ state: string }>();
  readonly #lost = new Counts<{ state: string }>();
  readonly #new = new Counts<{ state: string }>();
  readonly #closed = new Counts<{ state: string; choice: string }>();
  readonly #facts = new Counts<{ fact: string }>();
  readonly #skipped = new Counts<{ why: string }>();
  readonly #asked = new Map<string, { was: number; would: number }>();
  readonly #askedMore = new Counts<{ state: string }>();
  readonly #reached = { was: new Set<string>(), would: new Set<string>() };

  add(comparison: CallComparison): void {
    const { callId } = comparison.call;
    this.#calls++;
    this.#effects.get(comparison.effect)?.add(callId);
    if (comparison.isAssumed) this.#assumed.add(callId);
    this.#addTurning(comparison, callId);
    const { end, unknown, facts } = comparison;
    if (comparison.effect === 'otherEnd') this.#endings.add({ from: end.was, to: end.would }, callId);
    if (unknown) this.#unknown.add({ state: unknown.state }, callId);
    for (const closed of distinct(comparison.closed)) this.#closed.add(closed, callId);
    this.#addStates(comparison, callId);
    this.#addQuestions(comparison, callId);
    if (!facts.would) return;
    for (const fact of new Set([...Object.keys(facts.was), ...Object.keys(facts.would)]))
      if (facts.was[fact] !== facts.would[fact]) this.#facts.add({ fact }, callId);
  }

  skip(callId: string, why: string): void {
    this.#skipped.add({ why }, callId);
  }

  result(): ReplaySummary {
    const { was, would } = this.#reached;
    return {
      calls: this.#calls,
      effects: Object.fromEntries(
        [...this.#effects].map(([effect, count]) => [effect, count.tally]),
      ) as Record<Effect, Tally>,
      assumed: this.#assumed.tally,
      partings: this.#partings.sorted(),
      endings: this.#endings.sorted(),
      unknown: this.#unknown.sorted(),
      lostStates: this.#lost.sorted().filter(({ state }) => !would.has(state)),
      newStates: this.#new.sorted().filter(({ state }) => !was.has(state)),
      askedAgain: this.#askedMore
        .sorted()
        .map(tally => ({ ...tally, ...(this.#asked.get(tally.state) ?? { was: 0, would: 0 }) })),
      closedChoices: this.#closed.sorted(),
      facts: this.#facts.sorted(),
      skipped: this.#skipped.sorted(),
    };
  }

  #addTurning({ turning }: CallComparison, callId: string): void {
    if (!turning) return;
    const { differs, choiceThen, choiceNow, leadsTo, isOver } = turning;
    const was = turning.was?.state ?? null;
    const would = turning.would?.state ?? null;
    this.#partings.add({ was, would, differs, choiceThen, choiceNow, leadsTo, isOver }, callId);
  }

  /** What nobody knows is neither lost nor new. */
  #addStates({ beats, unknown }: CallComparison, callId: string): void {
    const known = unknown ? beats.filter(beat => beat.would !== null) : beats;
    const was = new Set(known.flatMap(beat => beat.was?.state ?? []));
    const would = new Set(beats.flatMap(beat => beat.would?.state ?? []));
    for (const state of was) {
      this.#reached.was.add(state);
      if (!would.has(state)) this.#lost.add({ state }, callId);
    }
    for (const state of would) {
      this.#reached.would.add(state);
      if (!was.has(state)) this.#new.add({ state }, callId);
    }
  }

  #addQuestions({ beats }: CallComparison, callId: string): void {
    const counts = new Map<string, { was: number; would: number }>();
    const count = (state: string, when: 'was' | 'would') => {
      const asked = counts.get(state) ?? { was: 0, would: 0 };
      counts.set(state, { ...asked, [when]: asked[when] + 1 });
    };
    for (const { asksAgain, was, would } of beats) {
      if (asksAgain.was && was) count(was.state, 'was');
      if (asksAgain.would && would) count(would.state, 'would');
    }
    for (const [state, { was, would }] of counts) {
      const all = this.#asked.get(state) ?? { was: 0, would: 0 };
      this.#asked.set(state, { was: all.was + was, would: all.would + would });
      if (would > was) this.#askedMore.add({ state }, callId);
    }
  }
}

export function summarise(comparisons: Iterable<CallComparison>): ReplaySummary {
  const summary = new Summary();
  for (const comparison of comparisons) summary.add(comparison);
  return summary.result();
}

class Count<What extends object> {
  readonly #what: What;
  readonly #examples: string[] = [];
  #calls = 0;

  constructor(what: What) {
    this.#what = what;
  }

  add(callId: string): void {
    this.#calls++;
    if (this.#examples.length < MAX_EXAMPLES) this.#examples.push(callId);
  }

  get tally(): What & Tally {
    return { ...this.#what, calls: this.#calls, examples: this.#examples };
  }
}

/** Counts by content, the most frequent first. */
class Counts<What extends object> {
  readonly #counts = new Map<string, Count<What>>();

  add(what: What, callId: string): void {
    const key = JSON.stringify(what);
    let count = this.#counts.get(key);
    if (!count) {
      count = new Count(what);
      this.#counts.set(key, count);
    }
    count.add(callId);
  }

  sorted(): (What & Tally)[] {
    return [...this.#counts.values()].map(({ tally }) => tally).sort((a, b) => b.calls - a.calls);
  }
}

function distinct<T extends object>(items: readonly T[]): T[] {
  return [...new Map(items.map(item => [JSON.stringify(item), item])).values()];
}
