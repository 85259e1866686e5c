import type { AnyStateMachine } from 'xstate';
import type { FlowChoice, FlowView } from '../../machines/flow-view.ts';
import { normalWords } from '../../src/language/cache/normal-words.ts';
import type { BenchCompany, Topic } from './cache-companies.ts';

/** How callers of the bench speak. All of it is assumed, and printed with the result. */
export const HABITS = {
  /** Exponent of Zipf's law over topics, and over the ways to say one. */
  topicsZipf: 1,
  wordingZipf: 1.1,
  /** Of what a flow has a phrase for, so much is said in words that its author has not written down. */
  ownWords: 0.5,
  /** Goes on asking after an answer. */
  goesOn: 0.6,
  /** Answers what the flow has just asked, where it asks something of its own. */
  answersFlow: 0.75,
  /** A question that means something said before: "and on Saturday?" */
  pointsBack: 0.1,
  /** "Um", "hello", "please" somewhere. */
  filler: 0.35,
  /** A word is misheard, or lost. */
  misheard: 0.06,
  /** Heard so badly that the model is told. */
  unsure: 0.06,
} as const;

/** What a model makes of words, when it makes no mistake. */
export type Truth =
  | { kind: 'choice'; event: string; facts: Record<string, string> }
  | { kind: 'topic'; topic: Topic }
  /** An answer that is good in this call alone. */
  | { kind: 'own' }
  /** Nobody can tell what was meant. */
  | { kind: 'unclear' };

export interface Utterance {
  said: string;
  confidence: number;
  truth: Truth;
}

const NAMES = ['Maria Lopez', 'John Smith', 'Aisha Khan', 'Peter Novak', 'Chloe Martin', 'Ravi Patel'];
const FILLERS = ['um', 'uh', 'hello', 'please', 'hi', 'so'];
const BEFORE = ['i think', 'right', 'maybe', 'look', 'i would say', 'let us see'];
const BEHIND = ['for me', 'today', 'i guess', 'if you can', 'right now', 'then', 'for now', 'at the moment'];
const NOISE = ['sea', 'four', 'there', 'at', 'ease', 'bark', 'ham'];
const BACKWARDS = ['and on saturday', 'what about that', 'can you say that again', 'how long does it take'];

export class Callers {
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  chance(share: number): boolean {
    return this.#random() < share;
  }

  /** A number between two, each as likely. */
  between(from: number, to: number): number {
    return from + this.#random() * (to - from);
  }

  pick<T>(all: readonly T[], exponent = 0): T {
    const weights = all.map((_, at) => (at + 1) ** -exponent);
    let left = this.#random() * weights.reduce((sum, one) => sum + one, 0);
    for (const [at, one] of all.entries()) {
      left -= weights[at]!;
      if (left < 0) return one;
    }
    return all.at(-1)!;
  }

  /** What is said next, where the flow stands. `isFirst`: nothing has been said in the call. */
  next({ topics, shares, chart }: BenchCompany, view: FlowView, isFirst: boolean): Utterance {
    const own = ownChoices(view, chart);
    if (own.length > 0 && this.chance(HABITS.answersFlow))
      return this.#heard(this.#phrase(this.pick(own)), view);
    if (!isFirst && this.chance(HABITS.pointsBack))
      return this.#heard({ said: this.pick(BACKWARDS), truth: { kind: 'own' } }, view);
    const kind = this.pick(
      [...Array(100).keys()].map(at =>
        at < 100 * shares.topics
          ? 'topic'
          : at < 100 * (shares.topics + shares.phrases)
            ? 'phrase'
            : 'personal',
      ),
    );
    if (kind === 'topic') {
      const topic = this.pick(topics, HABITS.topicsZipf);
      return this.#heard(
        { said: this.pick(wordings(topic), HABITS.wordingZipf), truth: { kind: 'topic', topic } },
        view,
      );
    }
    const plain = view.choices.filter(({ slots, by }) => Object.keys(slots).length === 0 && by === undefined);
    if (kind === 'phrase' && plain.length > 0) return this.#heard(this.#phrase(this.pick(plain)), view);
    return this.#heard(this.#personal(view), view);
  }

  #phrase(choice: FlowChoice): { said: string; truth: Truth } {
    const facts: Record<string, string> = {};
    const said = this.pick(choice.phrases, HABITS.wordingZipf).replace(/\{(\w+)\}/g, (_, name: string) => {
      const slot = choice.slots[name];
      const value =
        slot?.type === 'oneOf'
          ? this.pick(Object.keys(slot.values))
          : slot?.type === 'digits'
            ? String(Math.floor(this.between(1_000, 9_999)))
            : this.pick(NAMES);
      facts[name] = value;
      return slot?.type === 'oneOf' ? slot.values[value]![0]! : value;
    });
    return { said: this.#reworded(said), truth: { kind: 'choice', event: choice.event, facts } };
  }

  #reworded(said: string): string {
    if (!this.chance(HABITS.ownWords)) return said;
    const before = this.pick(BEFORE, HABITS.wordingZipf);
    return [before, said, this.pick(BEHIND, HABITS.wordingZipf)].join(' ');
  }

  /** Something of the caller's own: an order number where the flow takes one, else a story with a name or a number. */
  #personal(view: FlowView): { said: string; truth: Truth } {
    const taking = view.choices.find(({ slots, by }) => by === undefined && Object.keys(slots).length > 0);
    if (taking) return this.#phrase(taking);
    const number = Math.floor(this.between(10_000, 99_999));
    const said = this.pick([
      `my name is ${this.pick(NAMES)} and i am calling about my bill`,
      `it is about case ${number}`,
      `my number is ${number} please call me back`,
      `${this.pick(NAMES)} here you have called me`,
    ]);
    return { said, truth: { kind: 'own' } };
  }

  /** As it reaches the recogniser, and leaves it. */
  #heard({ said, truth }: { said: string; truth: Truth }, view: FlowView): Utterance {
    let words = said.split(' ');
    if (this.chance(HABITS.filler))
      words.splice(Math.floor(this.between(0, words.length)), 0, this.pick(FILLERS));
    const isMisheard = this.chance(HABITS.misheard);
    if (isMisheard) {
      const at = Math.floor(this.between(0, words.length));
      words = this.chance(0.5) ? words.toSpliced(at, 1) : words.with(at, this.pick(NOISE));
    }
    const isClear = !isMisheard || normal(words.join(' ')) === normal(said);
    const chosen = truth.kind === 'choice' && isClear ? null : phraseIn(view, words.join(' '));
    const confidence = this.chance(HABITS.unsure) ? 0.6 : 0.95;
    return {
      said: words.join(' ') || 'um',
      truth: chosen ?? (isClear ? truth : { kind: 'unclear' }),
      confidence,
    };
  }
}

/** The choice that the words are a phrase of, as its author has it or reworded. */
export function phraseIn({ choices }: FlowView, said: string): Truth | null {
  const words = normal(said);
  const meant = [words, withoutFrame(words)];
  const choice = choices.find(
    ({ phrases, by }) => by === undefined && phrases.some(one => meant.includes(normal(one))),
  );
  return choice ? { kind: 'choice', event: choice.event, facts: {} } : null;
}

function withoutFrame(words: string): string {
  const before = BEFORE.find(each => words.startsWith(`${normal(each)} `)) ?? '';
  const behind = BEHIND.find(each => words.endsWith(` ${normal(each)}`)) ?? '';
  return words.slice(normal(before).length, words.length - normal(behind).length).trim();
}

function normal(said: string): string {
  return normalWords(said, 'en-US').join(' ');
}

/** Every way to say a topic, in an order of its own. */
export function wordings({ openers, subjects }: Topic): string[] {
  return subjects.flatMap((_, shift) =>
    openers.map((opener, at) => `${opener} ${subjects[(at + shift) % subjects.length]}`),
  );
}

/** The choices that the state has beside those of the whole flow, to be made by voice. */
function ownChoices(view: FlowView, chart: AnyStateMachine): FlowChoice[] {
  const everywhere = new Set([...chart.root.transitions.keys()]);
  return view.choices.filter(({ event, by }) => by === undefined && !everywhere.has(event));
}
