import type {
  Basis,
  CallComparison,
  ComparedBeat,
  Difference,
  Ending,
  Parting,
  Side,
} from '../../replay/comparison.ts';
import type { PlaceNews } from '../../replay/place-news.ts';
import { factsText, plain, quoted, seconds } from './words.ts';

const MARKS: Record<Basis, string> = { fact: '=', recorded: '~', navigator: '≈', unknown: '?' };

const DIFFERENCES: Record<Difference, string> = {
  state: 'the state',
  line: 'what is said',
  choices: 'the open choices',
  tool: 'the tool',
  ending: 'what comes afterwards',
  manners: 'how turns are taken',
  facts: 'the facts',
  understanding: 'what the words choose',
  fault: 'the edited flow fails',
};

/** What is fact and what is guess, for people. */
export const RULES = [
  '=  fact: up to here both flows are the same, so the recording proves it',
  '~  guess: the choice made then is still open, or a tool answers as it did in the call',
  '≈  guess: the scripted navigator chose from the words that the caller said',
  '?  nobody knows: nothing in the recording fits',
];

/** A call in both flows, beat by beat, and what it comes to. */
export function comparisonText(comparison: CallComparison): string[] {
  const { beats, places, parting, turning } = comparison;
  const partsAt = beats.findIndex(({ differs }) => differs.length > 0);
  return [
    ...RULES,
    '',
    ...beats.flatMap((beat, at) => [
      ...placesText(places, beats[at - 1]?.seq ?? 0, beat.seq),
      ...(at === partsAt ? [`-- here the flows part: ${differText(beat.differs)}`] : []),
      ...beatText(beat),
    ]),
    ...placesText(places, beats.at(-1)?.seq ?? 0),
    '',
    ...(parting
      ? partingText('The flows part', parting)
      : ['The flows do not part: the call would be the same.']),
    ...(parting && turning && turning.seq !== parting.seq
      ? partingText('The caller first notices', turning)
      : []),
    ...(parting && !turning ? ['The caller notices nothing of it.'] : []),
    ...(comparison.isAssumed
      ? ['Phrases of open choices differ; that the words choose as they did is assumed.']
      : []),
    ...endText(comparison),
  ];
}

export function differText(differs: readonly Difference[]): string {
  if (differs.includes('fault')) return DIFFERENCES.fault;
  // Of another state nobody wonders that it says and offers other things.
  const told = differs.includes('state') ? (['state'] as const) : differs;
  const what = told.map(difference => DIFFERENCES[difference]);
  const isOne = what.length === 1 && told[0] !== 'choices' && told[0] !== 'facts';
  return `${what.join(', ')} ${isOne ? 'differs' : 'differ'}`;
}

export function endingText({ state, how }: Ending): string {
  if (state === null) return 'nobody knows';
  return `${state} (${how === 'goesOn' ? 'the conversation goes on' : how === 'hangUp' ? 'the agent hangs up' : how})`;
}

function beatText(beat: ComparedBeat): string[] {
  const { was, would, basis, atMs, words, by, remark } = beat;
  const place = `${MARKS[basis]} ${seconds(atMs).padStart(10)}  `;
  const indent = ' '.repeat(place.length);
  const caller = words === null ? [] : [`caller  ${quoted(words)}${by === 'keypad' ? ' (keys)' : ''}`];
  const isSame = was && would && sideText(was) === sideText(would);
  const sides = isSame
    ? [`both    ${sideText(was)}`]
    : [
        ...(was ? [`then    ${sideText(was)}`] : []),
        `now     ${would ? sideText(would) : basis === 'unknown' ? '?' : '-'}`,
      ];
  const lines = [...caller, ...sides, ...(remark ? [`        ${plain(remark)}`] : [])];
  return lines.map((line, at) => (at === 0 ? place : indent) + line);
}

/** What was decided and done about the call's place after one entry of its log and before another. */
function placesText(
  places: readonly PlaceNews[],
  after: number,
  before = Number.POSITIVE_INFINITY,
): string[] {
  return places
    .filter(({ seq }) => seq > after && seq < before)
    .map(({ atMs, text }) => `  ${seconds(atMs).padStart(10)}  place   ${plain(text)}`);
}

function sideText({ state, line, choice }: Side): string {
  return `${choice ? `${choice} → ` : ''}${state}${line === null ? '' : `  ${quoted(line)}`}`;
}

function partingText(what: string, parting: Parting): string[] {
  const { atMs, turn, seq, differs, was, would, words, choiceThen, existsNow, choiceNow, leadsTo, isOver } =
    parting;
  const lines = [
    `${what} at ${seconds(atMs)} (turn ${turn}, seq ${seq}): ${differText(differs)}.`,
    ...(was ? [`  then  ${sideText(was)}`] : []),
    `  now   ${would ? sideText(would) : '?'}`,
    ...openText(was, would),
  ];
  if (words === null) return lines;
  const then = choiceThen
    ? `chosen then: ${choiceThen}, which is ${existsNow ? 'still open' : 'not open any more'}`
    : 'nothing was chosen then';
  const now = choiceNow
    ? `${choiceNow}, to ${leadsTo}`
    : leadsTo
      ? `nothing; it stays in ${leadsTo}`
      : isOver
        ? 'the call is over'
        : 'nobody knows';
  return [...lines, `  The caller said ${quoted(words)}; ${then}. The edited flow: ${now}.`];
}

function openText(was: Side | null, would: Side | null): string[] {
  if (!was || !would) return [];
  const closed = was.open.filter(event => !would.open.includes(event));
  const opened = would.open.filter(event => !was.open.includes(event));
  return [
    ...(closed.length > 0 ? [`  not open any more: ${closed.join(', ')}`] : []),
    ...(opened.length > 0 ? [`  newly open: ${opened.join(', ')}`] : []),
  ];
}

function endText({ end, facts, unknown }: CallComparison): string[] {
  const was = endingText(end.was);
  const would = endingText(end.would);
  const sameFacts = facts.would && factsText(facts.was) === factsText(facts.would);
  return [
    was === would ? `End: ${was}, in both.` : `End: ${was} then; ${would} now.`,
    ...(unknown ? [`Unknown from ${unknown.state} on: ${plain(unknown.why)}`] : []),
    ...(facts.would && !sameFacts
      ? [`Facts: ${factsText(facts.was)} then; ${factsText(facts.would)} now.`]
      : []),
  ];
}
