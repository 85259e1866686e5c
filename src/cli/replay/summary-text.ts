import { EFFECTS, type Effect } from '../../replay/comparison.ts';
import type { PartingTally, ReplaySummary, Tally } from '../../replay/summary.ts';
import { differText, endingText } from './comparison-text.ts';
import { counted, plain } from './words.ts';

/** Findings of one kind that are listed; the rest is counted. `--json` has all. */
const MAX_LISTED = 10;
const MAX_COMMANDS = 5;

const EFFECT_TEXTS: Record<Effect, string> = {
  unchanged: 'the same',
  sameCourse: 'the same course, other choices open',
  otherWords: 'the same course in other words',
  otherCourse: 'another course to the same end',
  otherEnd: 'another end',
  unknown: 'nobody knows from some point on',
};

/** What an edited flow would have done to many calls. `commandFor` gives the command that shows one of them. */
export function summaryText(summary: ReplaySummary, commandFor: (callId: string) => string): string[] {
  const worthSeeing: (readonly Tally[])[] = [
    summary.endings,
    summary.unknown,
    summary.partings,
    summary.closedChoices,
  ];
  const examples = worthSeeing.flatMap(found => found.slice(0, 2)).flatMap(each => each.examples.slice(0, 1));
  return [
    ...effectLines(summary),
    ...section('Where calls first take another course:', summary.partings, partingText),
    ...section('Calls that would end elsewhere:', summary.endings, ({ from, to }) => {
      return `${endingText(from)} → ${endingText(to)}`;
    }),
    ...section('Nobody knows how they go on from:', summary.unknown, ({ state }) => state),
    ...section('States no longer reached:', summary.lostStates, ({ state }) => state),
    ...section('States newly reached:', summary.newStates, ({ state }) => state),
    ...section('Questions asked again, more often than then:', summary.askedAgain, each => {
      return `${each.state}: ${counted(each.was, 'time')} then, ${each.would} now`;
    }),
    ...section('Choices that callers made and that are not open:', summary.closedChoices, each => {
      return `${each.choice} in ${each.state}`;
    }),
    ...section('Facts that would differ:', summary.facts, ({ fact }) => fact),
    ...section('Not compared:', summary.skipped, ({ why }) => why),
    ...(examples.length === 0
      ? []
      : [
          '',
          'To see one of them:',
          ...[...new Set(examples)].slice(0, MAX_COMMANDS).map(callId => commandFor(callId)),
        ]),
  ];
}

function effectLines({ calls, effects, assumed }: ReplaySummary): string[] {
  return [
    `${counted(calls, 'call')} compared.`,
    ...EFFECTS.flatMap(effect => {
      const { calls: affected } = effects[effect];
      return affected === 0 ? [] : [`${count(affected)}  ${EFFECT_TEXTS[effect]}`];
    }),
    ...(assumed.calls === 0
      ? []
      : [
          `        (in ${assumed.calls} that words choose as they did is assumed: phrases or descriptions differ)`,
        ]),
  ];
}

function section<Found extends Tally>(
  title: string,
  found: readonly Found[],
  text: (each: Found) => string,
): string[] {
  if (found.length === 0) return [];
  const lines = found
    .slice(0, MAX_LISTED)
    .map(each => `${count(each.calls)}  ${plain(text(each))}   e.g. ${plain(each.examples.join(', '))}`);
  const more = found.length - MAX_LISTED;
  return ['', title, ...lines, ...(more > 0 ? [`        and ${more} more; --json has all`] : [])];
}

function partingText({ was, would, differs, choiceThen, choiceNow, leadsTo, isOver }: PartingTally): string {
  const place = was === would ? was : `${was ?? 'nothing'} → ${would ?? '?'}`;
  const then = choiceThen ?? 'no choice';
  const now = choiceNow ?? (leadsTo ? 'no choice' : isOver ? 'the call is over' : 'nobody knows');
  const next = then === now ? `${then}, to ${leadsTo}` : `${then} then, ${now} now`;
  return `${place}: ${differText(differs)}; next ${next}`;
}

function count(calls: number): string {
  return String(calls).padStart(6);
}
