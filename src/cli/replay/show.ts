import type { CallFlow } from '../../replay/call-flows.ts';
import type { RecordedCall } from '../../replay/recorded-call.ts';
import { type CallStep, type CallSteps, stepsOf } from '../../replay/steps.ts';
import { callFlows, findCall, type SharedOptions } from './shared.ts';
import { stepText, wholeStepText } from './steps-text.ts';
import { openViewer, type Viewer } from './viewer.ts';
import { plain, seconds, wallTime } from './words.ts';

export interface ShowOptions extends SharedOptions {
  /** A seq or a time. */
  at: string | null;
  print: boolean;
}

/** One call, step by step: printed, as JSON, or to be viewed in the terminal. Returns what is to be viewed, or null. */
export async function showCall(callId: string, options: ShowOptions): Promise<Viewer | null> {
  const call = await findCall(options.source, callId);
  const followed = await (await callFlows(options)).of(call.start);
  const steps = stepsOf(call, followed.machine);
  const at = options.at === null ? null : stepAt(steps.steps, options.at);

  if (options.json) {
    console.log(JSON.stringify(toJson(call, followed, steps, at), null, 2));
    return null;
  }
  const warnings = warningsOf(call, followed, steps);
  if (!options.print && options.at === null && process.stdin.isTTY && process.stdout.isTTY) {
    for (const warning of warnings) options.tell(warning);
    return openViewer(titleOf(call), steps.steps);
  }
  for (const warning of warnings) console.log(warning);
  console.log(titleOf(call));
  if (at !== null) console.log(wholeStepText(steps.steps[at] as CallStep, steps.steps[at - 1]).join('\n'));
  else for (const step of steps.steps) console.log(stepText(step, steps.steps[step.index - 1]).join('\n'));
  return null;
}

export function isMoment(text: string): boolean {
  return msOf(text) !== null || /^\d{1,9}$/.test(text);
}

/** The last step that is not after the place. */
export function stepAt(steps: readonly CallStep[], place: string): number {
  const ms = msOf(place);
  const at = steps.findLastIndex(step => (ms === null ? step.seq <= Number(place) : step.atMs <= ms));
  return Math.max(0, at);
}

/** `7.5s`, `740ms`, `1:07`; null for anything else. */
function msOf(text: string): number | null {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s)$/.exec(text) ?? [];
  if (amount !== undefined) return Number(amount) * (unit === 's' ? 1000 : 1);
  const [, minutes, secs] = /^(\d+):(\d\d(?:\.\d+)?)$/.exec(text) ?? [];
  return minutes === undefined ? null : Number(minutes) * 60_000 + Number(secs) * 1000;
}

function titleOf({ start, outcome, entries }: RecordedCall): string {
  const length = seconds(entries.at(-1)?.atMs ?? 0);
  return plain(
    `${start.callId}   ${start.flow}   ${wallTime(start.startedAt)}   ${length}   ${outcome ?? 'still runs'}`,
  );
}

function warningsOf({ start }: RecordedCall, followed: CallFlow, steps: CallSteps): string[] {
  const { flow, flowVersion } = start;
  const warnings: string[] = [];
  if (followed.is === 'changed')
    warnings.push(
      `${flow} has changed since this call: it followed version ${flowVersion}, which is not kept; today’s is ` +
        `${followed.version}. What follows is the call in today’s chart, so states may not be those of then. Name the ` +
        'chart of then with --was FILE.',
    );
  if (followed.is === 'kept')
    warnings.push(`${flow} has changed since this call; this is the chart that it followed, ${flowVersion}.`);
  if (followed.is === 'named' && followed.version !== flowVersion)
    warnings.push(
      `The call followed version ${flowVersion} of ${flow}; the chart named is ${followed.version}.`,
    );
  if (!followed.isWhole)
    warnings.push('The chart is that of then, but code behind its own guards and actions is today’s.');
  if (steps.strayTimers > 0)
    warnings.push(
      `${steps.strayTimers} timers of the log are none of today’s call chart: another version of the product ran this ` +
        'call, or its log has a gap.',
    );
  if (steps.failure !== null) warnings.push(`The chart fails in this replay: ${plain(steps.failure)}`);
  return warnings;
}

function toJson(call: RecordedCall, followed: CallFlow, all: CallSteps, at: number | null) {
  const { start, outcome } = call;
  const steps = at === null ? all.steps : all.steps.slice(at, at + 1);
  return {
    call: { ...start, outcome },
    flow: { name: start.flow, version: start.flowVersion, replayed: followed.version, is: followed.is },
    strayTimers: all.strayTimers,
    failure: all.failure,
    steps: steps.map(({ flow, ...step }) => ({
      ...step,
      flow: flow && {
        state: flow.state,
        say: flow.say,
        ask: flow.ask,
        choices: flow.choices.map(({ event }) => event),
        facts: flow.facts,
      },
    })),
  };
}
