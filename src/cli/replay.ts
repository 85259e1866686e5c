import { Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../../runtime/clock.ts';
import { loadConfig } from '../config.ts';
import { type CompareOptions, compareOne, compareRecent } from './replay/compare.ts';
import { isMoment, showCall } from './replay/show.ts';
import { openCallSource } from './replay/source.ts';
import { view } from './replay/terminal.ts';
import type { Viewer } from './replay/viewer.ts';

interface Given {
  with?: string;
  was?: string;
  since?: number;
  calls?: string[];
  flow?: string;
  at?: string;
  print: boolean;
  json: boolean;
  server?: string;
  apiKeyEnv: string;
}

const SPANS_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** `replay`: a recorded call, step by step, or in an edited flow; or many calls in an edited flow. */
export function replayCommand(): Command {
  return new Command('replay')
    .description('Step through a recorded call, or see what an edited flow would have done to it or to many.')
    .argument('[call]', "a call's id, ours or the carrier's")
    .option('--with <flow>', 'an edited flow, by name or by the path of its .ts or .json file')
    .option('--was <flow>', 'the chart that the calls followed, where it is not kept')
    .option('--since <when>', 'all calls since then: 7d, 24h, 90m, or a date as 2026-11-14', moment)
    .option('--calls <ids>', 'these calls, with commas between', ids)
    .option('--flow <name>', 'with --since: calls that followed this flow; the edited one’s name by default')
    .option('--at <place>', 'the step at this seq or time: 42, or 7.5s', place)
    .option('--print', 'print every step instead of showing them in turn', false)
    .option('--json', 'print JSON', false)
    .option('--server <url>', 'a running server to read from; AYBIZA_URL by default, else the records')
    .option('--api-key-env <name>', 'variable with the key of the server’s API', 'API_KEY')
    .addHelpText(
      'after',
      '\nKeys: → n next, ← p back, g to a turn, / search, q quit. The records are those that AYBIZA_DATA_DIR or\n' +
        'DATABASE_URL name, as for the server.',
    )
    .action(replay);
}

async function replay(callId: string | undefined, given: Given): Promise<void> {
  mindClosedPipe();
  requireSense(callId, given);
  const config = loadConfig({ ...process.env, API_KEY: process.env[given.apiKeyEnv] });
  const tell = (message: string) => console.error(message);
  const source = await openCallSource({
    config,
    serverUrl: given.server ?? (process.env.AYBIZA_URL || null),
    apiKey: config.apiKey,
    tell,
  });
  let viewer: Viewer | null = null;
  try {
    const shared = { source, flowsDir: config.flowsDir, was: given.was ?? null, json: given.json, tell };
    if (callId !== undefined && given.with === undefined) {
      const { at = null, print } = given;
      viewer = await showCall(callId, { ...shared, at, print });
    } else {
      const options: CompareOptions = { ...shared, with: given.with as string };
      const { calls = null, since = 0, flow = null } = given;
      if (callId !== undefined) await compareOne(callId, options);
      else await compareRecent({ calls, since, flow }, options);
    }
  } finally {
    await source.close();
  }
  // Whoever looks at a call keeps nobody from the records.
  if (viewer) await view(viewer, process.stdin, process.stdout);
}

/** Somebody who has seen enough, as `head`, ends the output and not the world. */
function mindClosedPipe(): void {
  if (process.stdout.listenerCount('error') > 0) return;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

function requireSense(callId: string | undefined, given: Given): void {
  const many = given.since !== undefined || given.calls !== undefined;
  if (callId !== undefined && many)
    throw new Error('Name one call, or many with --since or --calls; not both.');
  if (given.since !== undefined && given.calls !== undefined)
    throw new Error('Name the calls with --calls, or when they began with --since; not both.');
  if (callId === undefined && !many)
    throw new Error(
      'Name a call: aybiza replay CALL. Or compare many: aybiza replay --since 7d --with FLOW.',
    );
  if (many && given.with === undefined)
    throw new Error('Say which edited flow the calls are to go through: --with FLOW.');
}

function moment(text: string): number {
  const span = /^(\d{1,5})([mhdw])$/.exec(text);
  const since = span
    ? systemClock.wallTime() - Number(span[1]) * (SPANS_MS[span[2] ?? ''] ?? 0)
    : Date.parse(text);
  if (Number.isNaN(since)) throw new InvalidArgumentError('Write 7d, 24h, 90m, 2w, or a date as 2026-11-14.');
  return since;
}

function ids(text: string): string[] {
  return [...new Set(text.split(',').map(id => id.trim()))].filter(id => id !== '');
}

function place(text: string): string {
  if (!isMoment(text)) throw new InvalidArgumentError('Write a seq, as 42, or a time, as 7.5s or 1:07.');
  return text;
}
