import type { CallSummary } from '../../runtime/journal.ts';
import { tellCall } from '../jobs/tell-call.ts';
import type { Rehearsal } from '../rehearsal/rehearsal.ts';
import type { Failure, FailureKind } from './failure.ts';
import type { Expectation } from './format.ts';
import type { Moment, ToolUse } from './moment.ts';
import { tellDuration } from './units.ts';
import { holdsWords } from './words.ts';

type Finding = Omit<Failure, 'line'>;
type Facts = Record<string, string | null>;

/** What an expectation is held against. */
interface Facing {
  rehearsal: Rehearsal;
  moment: Moment;
}

/** Everything of the expectation that is not so; all but what needs a judge or the end of the call. */
export function checkExpectation(expected: Expectation, facing: Facing): Finding[] {
  return [
    ...flow(expected.flow, facing),
    ...call(expected.call, facing),
    ...choice(expected.choice, facing),
    ...facts(expected.facts, facing.rehearsal.flow.facts),
    ...tool(expected.tool, facing.moment.tools),
    ...says(expected, facing.moment.heard),
    ...interrupted(expected.interrupted, facing),
    ...latency(expected['answers within'], facing),
    ...ended(expected['ended with'], facing),
    ...turns(expected.turns, facing),
  ];
}

/** What the record must say. */
export function checkRecord(expected: NonNullable<Expectation['after the call']>, summary: CallSummary) {
  const { turns } = summary;
  const told = tellCall(summary);
  const failed = turns.flatMap(({ tools }) => tools).filter(({ error }) => error !== null).length;
  return [
    ...same('wrong ending', 'the call ends as', expected.outcome, summary.outcome),
    ...same('misunderstood', 'unanswered words', expected.unanswered, summary.unanswered.length),
    ...same(
      'wrong words',
      'interruptions',
      expected.interruptions,
      turns.filter(({ agent }) => agent.interrupted).length,
    ),
    ...same('wrong tool', 'failed tools', expected['failed tools'], failed),
    ...facts(expected.facts, summary.facts),
    ...(expected.summary ?? [])
      .filter(wanted => !holdsWords(told, wanted))
      .map(wanted => ({
        kind: 'wrong words' as const,
        expected: `a summary with “${wanted}”`,
        was: `“${told}”`,
      })),
  ];
}

function flow(expected: string | undefined, { rehearsal }: Facing): Finding[] {
  const { state } = rehearsal.flow;
  if (expected === undefined || isWithin(state, expected)) return [];
  const kind = rehearsal.call.record.misunderstood > 0 ? 'misunderstood' : 'wrong state';
  return [{ kind, expected: `the flow in ${expected}`, was: state }];
}

function call(expected: string | undefined, { rehearsal }: Facing): Finding[] {
  const state = rehearsal.hasEnded ? 'ended' : rehearsal.state;
  if (expected === undefined || isWithin(state, expected)) return [];
  return [{ kind: 'wrong state', expected: `the call in ${expected}`, was: state }];
}

/** In the state, or in one inside it. */
function isWithin(state: string, wanted: string): boolean {
  return state === wanted || state.startsWith(`${wanted}.`);
}

function choice(expected: readonly string[] | undefined, { moment }: Facing): Finding[] {
  if (expected === undefined) return [];
  const wanted = expected.filter(name => name !== 'none').map(name => name.replace(/^caller\./, ''));
  const { choices } = moment;
  if (choices.join() === wanted.join()) return [];
  return [{ kind: 'misunderstood', expected: `the choice ${listed(wanted)}`, was: listed(choices) }];
}

function facts(expected: Facts | undefined, known: Readonly<Record<string, string>>): Finding[] {
  return Object.entries(expected ?? {})
    .filter(([name, value]) => (known[name] ?? null) !== value)
    .map(([name, value]) => ({
      kind: 'wrong facts',
      expected: value === null ? `no ${name}` : `${name}: ${value}`,
      was: known[name] === undefined ? `no ${name}` : `${name}: ${known[name]}`,
    }));
}

function tool(expected: Expectation['tool'], used: readonly ToolUse[]): Finding[] {
  if (expected === undefined) return [];
  const { name, input = {} } = typeof expected === 'string' ? { name: expected } : expected;
  const was = used.length === 0 ? 'no tool' : used.map(tellTool).join(', ');
  if (name === 'none') return used.length === 0 ? [] : [{ kind: 'wrong tool', expected: 'no tool', was }];
  const isCalled = used.some(
    use =>
      use.name === name &&
      Object.entries(input).every(([field, value]) => String(use.input[field] ?? '') === value),
  );
  return isCalled ? [] : [{ kind: 'wrong tool', expected: tellTool({ name, input }), was }];
}

function tellTool({ name, input }: ToolUse): string {
  const fields = Object.entries(input).map(([field, value]) => `${field}: ${String(value)}`);
  return `${name}(${fields.join(', ')})`;
}

function says(expected: Expectation, heard: string): Finding[] {
  const was = heard === '' ? 'nothing' : `“${heard}”`;
  const missing = (expected.says ?? []).filter(wanted => !holdsWords(heard, wanted));
  const unwanted = (expected['does not say'] ?? []).filter(words => holdsWords(heard, words));
  return [
    ...missing.map(wanted => ({ kind: 'wrong words' as const, expected: `the words “${wanted}”`, was })),
    ...unwanted.map(words => ({ kind: 'wrong words' as const, expected: `never “${words}”`, was })),
  ];
}

function interrupted(expected: boolean | undefined, { moment }: Facing): Finding[] {
  if (expected === undefined || expected === moment.wasInterrupted) return [];
  const [cut, uncut] = ['the agent cut off', 'the agent not cut off'];
  return [{ kind: 'wrong state', expected: expected ? cut : uncut, was: expected ? uncut : cut }];
}

function latency(mostMs: number | undefined, { rehearsal: { answerMs } }: Facing): Finding[] {
  if (mostMs === undefined || (answerMs !== null && answerMs <= mostMs)) return [];
  return [
    {
      kind: 'too slow',
      expected: `an answer within ${tellDuration(mostMs)}`,
      was: answerMs === null ? 'no answer' : tellDuration(answerMs),
    },
  ];
}

function ended(expected: string | undefined, { rehearsal }: Facing): Finding[] {
  if (expected === undefined) return [];
  if (!rehearsal.hasEnded)
    return [
      { kind: 'wrong ending', expected: `the end: ${expected}`, was: `the call in ${rehearsal.state}` },
    ];
  return same('wrong ending', 'the call ends as', expected, rehearsal.call.summarise().outcome);
}

function turns(most: number | undefined, { rehearsal }: Facing): Finding[] {
  const answered = rehearsal.turns.filter(({ caller }) => caller !== null).length;
  if (most === undefined || answered <= most) return [];
  return [{ kind: 'misunderstood', expected: `at most ${most} answers`, was: `${answered}` }];
}

function same<Value>(kind: FailureKind, what: string, expected: Value | undefined, was: Value): Finding[] {
  if (expected === undefined || expected === was) return [];
  return [{ kind, expected: `${what}: ${expected}`, was: String(was) }];
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}
