import { Command } from 'commander';
import { z } from 'zod';
import type { ToldRegions } from '../api/regions.ts';
import { loadConfig } from '../config.ts';
import { askServer } from '../replay/server-answers.ts';
import { regionsText } from './regions-text.ts';

export interface RegionsFlags {
  country?: string;
  residency?: string;
  server?: string;
  apiKeyEnv: string;
  json: boolean;
}

const DEFAULT_SERVER = 'http://127.0.0.1:8080';

/** `regions`: how the regions are, as a running server sees them. */
export function regionsCommand(): Command {
  return new Command('regions')
    .description('Tell how the regions and SIP partners are, and which of them a caller would get.')
    .option('--country <code>', 'where the caller is, as DE')
    .option('--residency <areas>', 'the only areas where the caller’s data may be, as eu,uk')
    .option('--server <url>', `the running server; AYBIZA_URL by default, else ${DEFAULT_SERVER}`)
    .option('--api-key-env <name>', 'variable with the key of the server’s API', 'API_KEY')
    .option('--json', 'print JSON', false)
    .action(async (flags: RegionsFlags) => tellRegions(flags, text => console.log(text)));
}

export async function tellRegions(
  { country, residency, server, apiKeyEnv, json }: RegionsFlags,
  print: (text: string) => void,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<void> {
  const { apiKey } = loadConfig({ ...env, API_KEY: env[apiKeyEnv] });
  const { origin, ask } = askServer(server ?? (env.AYBIZA_URL || DEFAULT_SERVER), apiKey);
  const search = new URLSearchParams({ ...(country && { country }), ...(residency && { residency }) });
  const told = await ask<ToldRegions>(`/api/regions?${search}`, form);
  if (!told) throw new Error(`${origin} tells nothing of regions: it runs an older version.`);
  print(json ? JSON.stringify(told, null, 2) : regionsText(told).join('\n'));
}

const health = z.object({
  status: z.string(),
  forS: z.number(),
  draining: z.boolean(),
  medianMs: z.number().nullable(),
  failure: z.string().nullable(),
});
const choice = z.union([z.object({ text: z.string() }), z.object({ refusal: z.string() })]);
const form = z.object({
  own: z.string().nullable(),
  choice,
  regions: z.array(
    z.object({
      name: z.string(),
      city: z.string(),
      area: z.string(),
      health,
      load: z.number().nullable(),
      score: z.object({ totalMs: z.number() }).nullable(),
      why: z.string(),
    }),
  ),
  sipPartners: z.object({
    areSamples: z.boolean(),
    choice: choice.nullable(),
    partners: z.array(
      z.object({
        name: z.string(),
        market: z.string(),
        role: z.string(),
        countries: z.array(z.string()),
        usdPerMinute: z.number(),
        health,
      }),
    ),
  }),
});
