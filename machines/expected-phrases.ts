import { choicesBy, type FlowChoice, type FlowView, type Slot } from './flow-view.ts';

/** More ways to say one phrase are not listed: a recogniser would grow slow, and nobody says them all. */
const MOST_WAYS = 400;

/** One way to say a phrase, and the facts that it tells. Slots for digits and for any words are left in it. */
export interface SpokenWay {
  text: string;
  facts: Readonly<Record<string, string>>;
}

/** Every phrase that may be spoken in the view: the recogniser's grammar. In it, `{name}` stands for digits. */
export function expectedPhrases(view: FlowView): string[] {
  const ways = choicesBy(view.choices, 'voice').flatMap(choice =>
    spokenWays(choice)
      .filter(({ text }) => !slotsIn(text).some(name => choice.slots[name]?.type === 'text'))
      .map(({ text }) => text),
  );
  return [...new Set(ways)];
}

const kept = new WeakMap<readonly string[], readonly SpokenWay[]>();

/** A choice's phrases with every value of its facts put in. */
export function spokenWays({ phrases, slots }: FlowChoice): readonly SpokenWay[] {
  let ways = kept.get(phrases);
  if (!ways) {
    ways = [...phrases, ...bareSlots(phrases, slots)].flatMap(phrase => waysOf(phrase, slots));
    kept.set(phrases, ways);
  }
  return ways;
}

/** How many ways `phrase` has; more than `MOST_WAYS` are cut off. */
export function countWays(phrase: string, slots: FlowChoice['slots']): { ways: number; most: number } {
  const ways = slotsIn(phrase).reduce((product, name) => product * (phrasesFor(slots[name])?.length ?? 1), 1);
  return { ways, most: MOST_WAYS };
}

/** A fact alone answers any choice that wants only this one. */
function bareSlots(phrases: readonly string[], slots: FlowChoice['slots']): string[] {
  const [only, ...others] = Object.keys(slots);
  if (only === undefined || others.length > 0 || slots[only]?.type === 'text') return [];
  return phrases.every(phrase => phrase.includes('{')) && !phrases.includes(`{${only}}`) ? [`{${only}}`] : [];
}

function waysOf(phrase: string, slots: FlowChoice['slots']): SpokenWay[] {
  let ways: SpokenWay[] = [{ text: phrase, facts: {} }];
  for (const name of slotsIn(phrase)) {
    const values = phrasesFor(slots[name]);
    if (!values) continue;
    ways = ways
      .flatMap(({ text, facts }) =>
        values.map(([value, said]) => ({
          text: text.replace(`{${name}}`, said),
          facts: { ...facts, [name]: value },
        })),
      )
      .slice(0, MOST_WAYS);
  }
  return ways;
}

function phrasesFor(slot: Slot | undefined): [value: string, phrase: string][] | null {
  if (slot?.type !== 'oneOf') return null;
  return Object.entries(slot.values).flatMap(([value, phrases]) =>
    phrases.map((phrase): [string, string] => [value, phrase]),
  );
}

function slotsIn(text: string): string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
}
