import { systemClock } from '../../../runtime/clock.ts';
import { type Flow, loadFlow } from '../../flows/flows.ts';
import type { CallFlow } from '../../replay/call-flows.ts';
import type { CallSource } from '../../replay/call-source.ts';
import { compareCall } from '../../replay/compare.ts';
import { compareMany } from '../../replay/compare-many.ts';
import type { RecordedCall } from '../../replay/recorded-call.ts';
import { storyOf } from '../../replay/story.ts';
import { comparisonText } from './comparison-text.ts';
import { callFlows, findCall, type SharedOptions } from './shared.ts';
import { summaryText } from './summary-text.ts';
import { counted, plain, wallTime } from './words.ts';

const FIRST_PROGRESS_MS = 3_000;
const PROGRESS_EVERY_MS = 1_000;

export interface CompareOptions extends SharedOptions {
  /** The edited flow, by name or path. */
  with: string;
}

export interface Many {
  /** These calls; null for those of `since` and `flow`. */
  calls: readonly string[] | null;
  /** Milliseconds since the Unix epoch. */
  since: number;
  flow: string | null;
}

/** One call in an edited flow: where the two part, and what would come of it. */
export async function compareOne(callId: string, options: CompareOptions): Promise<void> {
  const edited = await loadFlow(options.with, options.flowsDir);
  const call = await findCall(options.source, callId);
  const followed = await (await callFlows(options)).of(call.start);
  requireChart(call, followed);

  const comparison = compareCall(storyOf(call, followed.machine), edited.machine);
  if (options.json) {
    const flow = {
      was: { name: call.start.flow, version: followed.version, is: followed.is },
      would: identityOf(edited),
    };
    console.log(JSON.stringify({ flow, ...comparison }, null, 2));
    return;
  }
  const { start } = call;
  console.log(
    plain(
      `${start.callId}   ${wallTime(start.startedAt)}   ${start.flow} (${followed.version}) → ${edited.file}`,
    ),
  );
  if (!followed.isWhole)
    console.log('The chart is that of then, but code behind its own guards and actions is today’s.');
  console.log(comparisonText(comparison).join('\n'));
}

/** Many calls in an edited flow: what would be the same, and what not. */
export async function compareRecent(many: Many, options: CompareOptions): Promise<void> {
  const edited = await loadFlow(options.with, options.flowsDir);
  const flow = many.flow ?? edited.name;
  const calls = many.calls
    ? namedCalls(options.source, many.calls)
    : options.source.recent({ since: many.since, flow });
  const progress = new Progress();
  const summary = await compareMany(calls, {
    flows: await callFlows(options),
    edited: edited.machine,
    onProgress: count => progress.tell(count),
  });
  progress.end();

  if (options.json) {
    const query = many.calls ? { calls: many.calls } : { since: many.since, flow };
    console.log(JSON.stringify({ ...query, with: identityOf(edited), ...summary }, null, 2));
    return;
  }
  if (summary.calls === 0 && summary.skipped.length === 0) {
    console.log(
      `No call in ${options.source.place} has followed ${flow} since ${wallTime(many.since)}. Name the flow that the ` +
        'calls followed with --flow.',
    );
    return;
  }
  const was = options.was === null ? '' : ` --was ${shellWord(options.was)}`;
  const commandFor = (callId: string) =>
    `  npx aybiza replay ${shellWord(callId)} --with ${shellWord(options.with)}${was}`;
  console.log(summaryText(summary, commandFor).join('\n'));
}

async function* namedCalls(source: CallSource, ids: readonly string[]) {
  for (const id of ids) yield (await source.find(id)) ?? { missing: id };
}

function requireChart({ start }: RecordedCall, { is, version }: CallFlow): void {
  if (is !== 'changed') return;
  throw new Error(
    `The call followed version ${start.flowVersion} of ${start.flow}; that chart is not kept, and today’s is ${version}. ` +
      `Name the chart of then with --was FILE, as it comes from your version control: ` +
      `git show COMMIT:machines/flows/${start.flow}.ts > then.ts`,
  );
}

function identityOf({ name, version, file }: Flow) {
  return { name, version, file };
}

/** A word that the shell takes as it is. */
function shellWord(text: string): string {
  return /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** How far long work has come, for whoever waits at a terminal or reads a log. */
class Progress {
  #nextMs = systemClock.now() + FIRST_PROGRESS_MS;
  #told = false;

  tell(calls: number): void {
    const nowMs = systemClock.now();
    if (nowMs < this.#nextMs) return;
    this.#nextMs = nowMs + PROGRESS_EVERY_MS;
    this.#told = true;
    process.stderr.write(
      process.stderr.isTTY ? `\r${counted(calls, 'call')} …` : `${counted(calls, 'call')} …\n`,
    );
  }

  end(): void {
    if (this.#told && process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  }
}
