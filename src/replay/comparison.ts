import type { AnsweredBy, Facts } from '../../machines/flow.ts';
import type { FlowView } from '../../machines/flow-view.ts';
import type { PlaceNews } from './place-news.ts';
import type { RecordedCall } from './recorded-call.ts';

/**
 * On what grounds the edited flow is said to do something.
 * - `fact`: up to here both flows are the same, so the recording proves it;
 * - `recorded`: a guess: the choice made then, or the result a tool gave then, is taken because it is still open;
 * - `navigator`: a guess: the scripted navigator chose from the words the caller said;
 * - `unknown`: nothing in the recording fits.
 */
export type Basis = 'fact' | 'recorded' | 'navigator' | 'unknown';

/** In what two flows differ where a call has come to. */
export type Difference =
  | 'state'
  | 'line'
  | 'choices'
  | 'tool'
  | 'ending'
  | 'manners'
  | 'facts'
  | 'understanding'
  /** The edited flow fails. */
  | 'fault';

/** A flow at one moment of a call. */
export interface Side {
  state: string;
  /** What the flow says there; null where it says nothing of its own. */
  line: string | null;
  /** The event that led there. */
  choice: string | null;
  /** Events of the open choices. */
  open: readonly string[];
  facts: Facts;
}

/** One moment of a call in both flows. */
export interface ComparedBeat {
  kind: 'opening' | 'choice' | 'noChoice' | 'tool' | 'transferFailed';
  /** Of the log's entry; 0 for the opening. */
  seq: number;
  atMs: number;
  turn: number;
  words: string | null;
  by: AnsweredBy | null;
  /** Null where the edited flow does something that the recorded call did not. */
  was: Side | null;
  /** Null where nobody knows, and after the edited flow has ended the call. */
  would: Side | null;
  basis: Basis;
  /** The choice that was made then is open in the edited flow; null where none was made, or nobody knows. */
  thenOpen: boolean | null;
  /** Both flows ask again, or the edited one alone. */
  asksAgain: { was: boolean; would: boolean };
  differs: readonly Difference[];
  /** What is to be said about how the edited flow came here. */
  remark: string | null;
}

/** Where the two flows part. */
export interface Parting {
  seq: number;
  atMs: number;
  turn: number;
  differs: readonly Difference[];
  /** Null where the edited flow alone does something. */
  was: Side | null;
  would: Side | null;
  /** Where the flows stand apart the caller said this next; null if nothing. */
  words: string | null;
  /** What was chosen for these words then; null for nothing. */
  choiceThen: string | null;
  /** That choice is open in the edited flow as well. */
  existsNow: boolean;
  /** What the edited flow would choose, and where that leads. Null for nothing, or for nobody knows. */
  choiceNow: string | null;
  leadsTo: string | null;
  /** The edited flow has ended the call before the caller could say it. */
  isOver: boolean;
}

/** How a call ends. `how` is the call's outcome where both flows end alike. */
export interface Ending {
  /** Null where nobody knows. */
  state: string | null;
  how: 'hangUp' | 'transfer' | 'goesOn' | 'unknown' | (string & {});
}

/**
 * What an edited flow does to a call, the least first: nothing; other choices are open, but the call takes the same course;
 * the same course in other words; another course to the same end; another end; nobody knows.
 */
export type Effect = 'unchanged' | 'sameCourse' | 'otherWords' | 'otherCourse' | 'otherEnd' | 'unknown';

export const EFFECTS: readonly Effect[] = [
  'unchanged',
  'sameCourse',
  'otherWords',
  'otherCourse',
  'otherEnd',
  'unknown',
];

export interface CallComparison {
  call: RecordedCall['start'];
  beats: readonly ComparedBeat[];
  /** Where the recorded call was worked on, and why. */
  places: readonly PlaceNews[];
  /** The first difference of any kind. Null: the call would be the same. */
  parting: Parting | null;
  /** The first difference that the caller would notice: something else is said or done, or the words lead elsewhere. */
  turning: Parting | null;
  effect: Effect;
  /** The flows do not part, but phrases of open choices differ: that the words choose as they did is assumed. */
  isAssumed: boolean;
  end: { was: Ending; would: Ending };
  facts: { was: Facts; would: Facts | null };
  /** Choices that were taken then and are not open now, with the state that the edited flow is in. */
  closed: readonly { state: string; choice: string }[];
  /** Why nobody knows how the call would go on; null if it is known. */
  unknown: { state: string; why: string } | null;
}

export function sideOf(view: FlowView, choice: string | null, line = view.say): Side {
  const { state, choices, facts } = view;
  return { state, line, choice, open: choices.map(({ event }) => event), facts };
}

/** In what two views differ, as far as the caller can notice. The names of flows do not matter, nor do their descriptions. */
export function differencesOf(was: FlowView, would: FlowView): Difference[] {
  const differs: Difference[] = [];
  if (was.state !== would.state) differs.push('state');
  if (was.say !== would.say) differs.push('line');
  if (!sameEvents(was, would)) differs.push('choices');
  if (JSON.stringify(was.tool) !== JSON.stringify(would.tool) || !sameTexts(was.tools, would.tools))
    differs.push('tool');
  if (was.afterwards !== would.afterwards) differs.push('ending');
  if (mannersOf(was) !== mannersOf(would)) differs.push('manners');
  if (!sameFacts(was.facts, would.facts)) differs.push('facts');
  return differs;
}

/** How a call ends in the edited flow, where `was` is where the recorded one ended. */
export function endingOf(
  { state, afterwards }: FlowView,
  was: FlowView,
  outcome: string,
  ended: 'hangUp' | 'transfer' | null,
): Ending {
  if (ended) return { state, how: ended };
  if (afterwards === was.afterwards || outcome === 'hungUp') return { state, how: outcome };
  return { state, how: afterwards ?? 'goesOn' };
}

export function effectOf(
  beats: readonly ComparedBeat[],
  { was, would }: { was: Ending; would: Ending },
): Effect {
  if (would.how === 'unknown') return 'unknown';
  if (was.state !== would.state || was.how !== would.how) return 'otherEnd';
  if (beats.every(({ differs }) => differs.length === 0)) return 'unchanged';
  const heard = beats.filter(isHeard);
  if (heard.length === 0) return 'sameCourse';
  return heard.every(isWordingAlone) ? 'otherWords' : 'otherCourse';
}

/** Differences in what might happen, or in how it came about; what does happen is the same. */
const UNHEARD: readonly Difference[] = ['choices', 'manners', 'understanding'];

/** The caller would notice. */
export function isHeard({ differs, asksAgain, would }: ComparedBeat): boolean {
  if (differs.some(difference => !UNHEARD.includes(difference))) return true;
  return would !== null && asksAgain.was !== asksAgain.would;
}

function isWordingAlone({ differs, asksAgain, was }: ComparedBeat): boolean {
  const heard = differs.filter(difference => !UNHEARD.includes(difference));
  return (
    was !== null && asksAgain.was === asksAgain.would && heard.every(difference => difference === 'line')
  );
}

/** `beats` begin with the one at which the flows part. */
export function partingOf([first, ...others]: readonly ComparedBeat[]): Parting | null {
  if (!first) return null;
  const { seq, atMs, turn, differs, was, would } = first;
  const isAboutWords = differs.includes('understanding') || differs.includes('fault');
  const said = isAboutWords ? first : others.find(({ words }) => words !== null);
  return {
    seq,
    atMs,
    turn,
    differs,
    was,
    would,
    words: said?.words ?? null,
    choiceThen: said?.was?.choice ?? null,
    existsNow: said?.thenOpen ?? false,
    choiceNow: said?.would?.choice ?? null,
    leadsTo: said?.would?.state ?? null,
    isOver: said !== undefined && said.would === null && said.basis !== 'unknown',
  };
}

export function sameFacts(one: Facts, other: Facts): boolean {
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length &&
    names.every(name => Object.hasOwn(other, name) && one[name] === other[name])
  );
}

function sameEvents(was: FlowView, would: FlowView): boolean {
  const events = new Set(would.choices.map(({ event }) => event));
  return was.choices.length === events.size && was.choices.every(({ event }) => events.has(event));
}

function sameTexts(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, at) => text === other[at]);
}

/** How the caller's turn is taken, and who finds the words. */
function mannersOf({ listen, uninterruptible, improvise }: FlowView): string {
  return JSON.stringify([listen, uninterruptible, improvise]);
}
