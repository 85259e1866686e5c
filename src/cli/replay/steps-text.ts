import type { CallEvent, ToolCall, ToolResult } from '../../../machines/call-events.ts';
import type { Note } from '../../../runtime/journal.ts';
import { moveText } from '../../replay/place-news.ts';
import type { CallStep } from '../../replay/steps.ts';
import { factsText, plain, quoted, seconds } from './words.ts';

const AGENT_SPEAKS = /^floor\.replying\.(speaking|disclosing)$/;

/** A step in a line or more: when, what happened, where call and flow stand; below, what was said, heard and learnt. */
export function stepText(step: CallStep, before: CallStep | undefined): string[] {
  return [headText(step), ...detailsText(step, before).map(line => `             ${line}`)];
}

function headText({ atMs, event, callState, flow, isStray }: CallStep): string {
  const stray = isStray ? '  (this chart has armed no such timer)' : '';
  return `${seconds(atMs).padStart(11)}  ${event.padEnd(24)}${callState.padEnd(32)}${flow?.state ?? ''}${stray}`;
}

/** What was said, heard and learnt at a step, line by line. */
export function detailsText(step: CallStep, before: CallStep | undefined): string[] {
  const facts = step.flow?.facts ?? {};
  const hasLearnt = factsText(facts) !== factsText(before?.flow?.facts ?? {});
  return [
    ...(step.told ? toldText(step.told) : []),
    ...(hasLearnt ? [`facts    ${factsText(facts)}`] : []),
    ...step.notes.flatMap(note => noteText(note, step)),
  ];
}

/** Everything about one step. */
export function wholeStepText(step: CallStep, before: CallStep | undefined): string[] {
  const { seq, turn, flow } = step;
  const lines = [...stepText(step, before), '', `seq      ${seq}`, `turn     ${turn}`];
  if (!flow) return lines;
  return [
    ...lines,
    ...(flow.say === null ? [] : [`says     ${quoted(flow.say)}`]),
    ...(flow.ask === null || flow.ask === flow.say ? [] : [`asks     ${quoted(flow.ask)}`]),
    ...(flow.tool ? [`tool     ${plain(`${flow.tool.name} ${JSON.stringify(flow.tool.input)}`)}`] : []),
    ...(flow.afterwards ? [`then     ${flow.afterwards}`] : []),
    `facts    ${factsText(flow.facts)}`,
    'open',
    ...flow.choices.map(({ event, description, by }) => {
      const way = by ? ` (${by})` : '';
      return `  ${`${event}${way}`.padEnd(32)}${plain(description)}`;
    }),
  ];
}

function toldText(event: CallEvent): string[] {
  switch (event.type) {
    case 'caller.finished':
      return [`caller   ${quoted(event.text)} (${event.by}, ${event.confidence.toFixed(2)})`];
    case 'caller.mayHaveFinished':
      return [`perhaps  ${quoted(event.text)}`];
    case 'caller.keyed':
      return [`key      ${plain(event.digit)}`];
    case 'reply.chose':
      return [`chose    ${event.choice}${factsOf(event.facts)}`];
    case 'reply.requestedTools':
      return event.calls.map(requestText);
    case 'tools.finished':
      return event.results.map(resultText);
    case 'reply.failed':
    case 'hearing.failed':
      return [`failed   ${plain(event.error)}`];
    case 'line.lost':
    case 'placement.refused':
    case 'transfer.failed':
      return [`why      ${plain(event.reason)}`];
    case 'voice.finished':
      return event.next === 'listen' ? [] : [`then     ${event.next}`];
    case 'call.hangUp':
    case 'call.conclude':
      return [`outcome  ${event.outcome}`];
    default:
      return [];
  }
}

function factsOf(facts: Readonly<Record<string, string>>): string {
  return Object.keys(facts).length === 0 ? '' : `  ${factsText(facts)}`;
}

function requestText({ name, input }: ToolCall): string {
  return `asks     ${plain(`${name} ${JSON.stringify(input)}`)}`;
}

function resultText({ name, result, error }: ToolResult): string {
  return `answer   ${plain(`${name} ${error === null ? JSON.stringify(result) : `failed: ${error}`}`)}`;
}

function noteText(note: Note, { callState }: CallStep): string[] {
  switch (note.type) {
    case 'call.moved':
      return [`place    ${plain(moveText(note, AGENT_SPEAKS.test(callState)))}`];
    case 'placement.decided':
      return [`place    ${plain(note.text)}`];
    case 'reply.sentence':
      return [`agent    ${quoted(note.text)}`];
    case 'turn.heard':
      return [
        `heard    ${note.text === '' ? 'nothing' : quoted(note.text)}${note.interrupted ? ', cut off' : ''}`,
      ];
    case 'reply.explained':
      return [`why      ${plain(note.text)}`];
    case 'warning':
      return [`warning  ${plain(note.text)}`];
    default:
      return [];
  }
}
