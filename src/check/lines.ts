import type { Language, Line } from '../../machines/flow.ts';
import type { State } from './chart.ts';
import { type Place, within } from './place.ts';

/** One thing that the agent says in a state, in one language. */
export interface WrittenLine {
  as: 'say' | 'ask';
  language: Language;
  text: string;
  place: Place;
}

/** A place in a line where something is filled in; `fact` is null when it is not well formed. */
export interface Slot {
  written: string;
  fact: string | null;
  asDigits: boolean;
}

/** The lines of a state. A line without languages is in `language`. */
export function linesOf({ meta, place }: State, language: Language): WrittenLine[] {
  return (['say', 'ask'] as const).flatMap(as => {
    const line: Line | undefined = meta[as];
    if (line === undefined) return [];
    const at = within(place, 'meta', as);
    if (typeof line === 'string') return [{ as, language, text: line, place: at }];
    return Object.entries(line).map(([of, text]) => ({ as, language: of, text, place: within(at, of) }));
  });
}

export function slotsOf(text: string): Slot[] {
  return [...text.matchAll(/\{([^{}]*)\}?|\}/g)].map(([written]) => {
    const sound = /^\{(\w+)(:digits)?\}$/.exec(written);
    return { written, fact: sound?.[1] ?? null, asDigits: sound?.[2] !== undefined };
  });
}

/** The sentences of a line, with what ends them. */
export function sentencesOf(text: string): string[] {
  return text.match(/[^.!?。！？]+(?:[.!?。！？]+|$)/g)?.map(sentence => sentence.trim()) ?? [];
}
