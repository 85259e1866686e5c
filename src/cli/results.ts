import { Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { type Clock, systemClock } from '../../runtime/clock.ts';
import { loadConfig } from '../config.ts';
import { flowResults, type VersionResult } from '../flows/results.ts';
import { askServer } from '../replay/server-answers.ts';
import type { Secret } from '../secret.ts';
import { findRecords, type Records } from './records.ts';
import { compareVersions, resultsText } from './results-text.ts';

export interface ResultsFlags {
  days: number;
  server?: string;
  apiKeyEnv: string;
  json: boolean;
}

const DAY_MS = 86_400_000;
const MAX_DAYS = 3_650;

/** `results`: what became of the calls of each version of a flow. */
export function resultsCommand(): Command {
  return new Command('results')
    .description('Tell what became of the calls of each version of a flow, and whether one does better.')
    .argument('[flow]', 'name of a flow; all when none is named')
    .option('--days <n>', 'calls that began in so many days until now', days, 30)
    .option('--server <url>', 'a running server to read from; AYBIZA_URL by default, else the records')
    .option('--api-key-env <name>', 'variable with the key of the server’s API', 'API_KEY')
    .option('--json', 'print JSON', false)
    .addHelpText(
      'after',
      '\nThe records are those that AYBIZA_DATA_DIR or DATABASE_URL name, as for the server.',
    )
    .action(async (flow: string | undefined, flags: ResultsFlags) => {
      await tellResults(flow ?? null, flags, {
        print: text => console.log(text),
        tell: message => console.error(message),
      });
    });
}

export interface ResultsOutput {
  print(text: string): void;
  /** For what is not the result. */
  tell(message: string): void;
}

export async function tellResults(
  flow: string | null,
  flags: ResultsFlags,
  { print, tell }: ResultsOutput,
  env: Readonly<Record<string, string | undefined>> = process.env,
  clock: Clock = systemClock,
): Promise<void> {
  const config = loadConfig({ ...env, API_KEY: env[flags.apiKeyEnv] });
  const serverUrl = flags.server ?? (env.AYBIZA_URL || null);
  const records = await findRecords({ config, serverUrl, tell });
  const query = { flow, days: flags.days, now: clock.wallTime() };
  const results = await readResults(records, query, config.apiKey);
  if (flags.json) {
    const comparisons = compareVersions(results);
    print(JSON.stringify({ flow, days: flags.days, results, comparisons }, null, 2));
  } else if (results.length === 0)
    print(`No call${flow ? ` of ${flow}` : ''} has ended in the last ${flags.days} days.`);
  else print(resultsText(results).join('\n'));
}

interface Query {
  flow: string | null;
  days: number;
  /** Milliseconds since the Unix epoch. */
  now: number;
}

async function readResults(
  records: Records,
  { flow, days, now }: Query,
  apiKey: Secret | null,
): Promise<VersionResult[]> {
  if (records.kind === 'kept') {
    try {
      return await flowResults(records.database, { flow, since: now - days * DAY_MS });
    } finally {
      await records.database.close();
    }
  }
  const { origin, ask } = askServer(records.url, apiKey);
  const search = new URLSearchParams({ days: String(days), ...(flow && { flow }) });
  const answer = await ask<{ results: VersionResult[] }>(`/api/flows/results?${search}`, served);
  if (!answer) throw new Error(`${origin} keeps no results of flows: it runs an older version.`);
  return answer.results;
}

const rate = z.object({ count: z.number(), share: z.number(), low: z.number(), high: z.number() });
const served = z.object({
  results: z.array(
    z.object({
      flow: z.string(),
      version: z.string(),
      firstAt: z.number(),
      lastAt: z.number(),
      calls: z.number(),
      outcomes: z.record(z.string(), rate),
      endedIn: z.record(z.string(), z.number()),
      meanDurationS: z.number(),
      meanTurns: z.number(),
      notUnderstoodPerHundred: z.number(),
      interruptedPerHundred: z.number(),
      meanModelCostUsd: z.number().nullable(),
    }),
  ),
});

function days(value: string): number {
  const given = Number(value);
  if (!(given > 0 && given <= MAX_DAYS))
    throw new InvalidArgumentError(`Write a number above 0, and ${MAX_DAYS} at most.`);
  return given;
}
