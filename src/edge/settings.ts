import { z } from 'zod';
import { readSplit, type Split } from '../flows/split.ts';
import { AREAS } from '../language/areas.ts';
import { type RegionUrls, readRegionUrls } from '../regions/region-urls.ts';
import { describeAll, optionalChoice, type SettingRow, whole } from '../setting.ts';
import { settings } from '../settings.ts';

const {
  PUBLIC_URL,
  TWILIO_AUTH_TOKEN,
  TWILIO_ACCOUNT_SID,
  TRANSFER_NUMBER,
  FLOW,
  LANGUAGE,
  VOICE,
  MAX_CALL_S,
  SILENCE_S,
  AGENT_SILENCE_MS,
  EDGE_SECRET,
  CLOUD_REGIONS,
  EDGE_REGION,
  LATENCY_TARGET_MS,
  QUALITY_MODE,
  DEEPGRAM_API_KEY,
  DEEPGRAM_URL,
  DEEPGRAM_MODEL,
  OPENAI_COMPATIBLE_URL,
  OPENAI_COMPATIBLE_KEY,
  OPENAI_COMPATIBLE_MODEL,
  MODEL_PRIORITY,
} = settings.shape;

/** A Worker's variables and secrets. Those of the cloud have the same names and meanings here. */
export const edgeSettings = z
  .object({
    PUBLIC_URL,
    TWILIO_AUTH_TOKEN,
    TWILIO_ACCOUNT_SID,
    EDGE_SECRET,
    CLOUD_REGIONS,
    EDGE_SLOTS: whole(0, 100_000, 100, {
      unit: 'calls',
      description: 'Calls that one place of the edge works on at once.',
    }),
    EDGE_AREA: optionalChoice(AREAS, {
      description: 'Where the edge works on calls, as its jurisdiction promises.',
    }),
    EDGE_USD_PER_HOUR: whole(0, 100, 0, {
      unit: 'USD',
      description: 'What an hour of a call costs at the edge, providers left out.',
    }),
    CLOUD_USD_PER_HOUR: whole(0, 100, 0, {
      unit: 'USD',
      description: 'What an hour of a call costs in the cloud, providers left out.',
    }),
    TRANSFER_NUMBER,
    FLOW,
    LANGUAGE,
    VOICE,
    MAX_CALL_S,
    SILENCE_S,
    AGENT_SILENCE_MS,
    EDGE_REGION,
    LATENCY_TARGET_MS,
    QUALITY_MODE,
    DEEPGRAM_API_KEY,
    DEEPGRAM_URL,
    DEEPGRAM_MODEL,
    OPENAI_COMPATIBLE_URL,
    OPENAI_COMPATIBLE_KEY,
    OPENAI_COMPATIBLE_MODEL,
    MODEL_PRIORITY,
  })
  .refine(given => given.PUBLIC_URL || !given.TWILIO_AUTH_TOKEN, {
    path: ['PUBLIC_URL'],
    error: 'TWILIO_AUTH_TOKEN needs it: write the https origin under which the carrier reaches this Worker.',
  })
  .refine(given => given.EDGE_SECRET || !given.CLOUD_REGIONS, {
    path: ['EDGE_SECRET'],
    error: 'CLOUD_REGIONS needs it: write the EDGE_SECRET of the cloud nodes.',
  });

export type EdgeConfig = ReturnType<typeof toConfig>;

/** Reads a Worker's variables; one that is empty counts as absent. Throws with a line for every fault, and never a value. */
export function readEdgeConfig(env: Readonly<Record<string, unknown>>): EdgeConfig {
  const given = Object.keys(edgeSettings.shape).map(name => {
    const value = env[name];
    return [name, typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined];
  });
  const result = edgeSettings.safeParse(Object.fromEntries(given));
  if (result.success) return toConfig(result.data);
  const lines = result.error.issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`);
  throw new Error(
    `Some variables of the Worker cannot be used. Correct them in wrangler.jsonc, or with wrangler secret:\n${lines.join('\n')}`,
  );
}

function toConfig(given: z.output<typeof edgeSettings>) {
  const { OPENAI_COMPATIBLE_URL: modelUrl, OPENAI_COMPATIBLE_MODEL: model } = given;
  return {
    publicUrl: given.PUBLIC_URL ? new URL(given.PUBLIC_URL).origin : null,
    twilioAuthToken: given.TWILIO_AUTH_TOKEN ?? null,
    twilioAccountSid: given.TWILIO_ACCOUNT_SID ?? null,
    edgeSecret: given.EDGE_SECRET ?? null,
    cloudRegions: (given.CLOUD_REGIONS ? readRegionUrls(given.CLOUD_REGIONS) : {}) as RegionUrls,
    slots: given.EDGE_SLOTS,
    area: given.EDGE_AREA ?? null,
    edgeUsdPerMinute: given.EDGE_USD_PER_HOUR / 60,
    cloudUsdPerMinute: given.CLOUD_USD_PER_HOUR / 60,
    transferNumber: given.TRANSFER_NUMBER ?? null,
    flow: readSplit(given.FLOW) as Split,
    language: given.LANGUAGE,
    voice: given.VOICE,
    maxCallS: given.MAX_CALL_S,
    silenceS: given.SILENCE_S,
    agentSilenceMs: given.AGENT_SILENCE_MS,
    defaults: {
      edgeRegion: given.EDGE_REGION,
      latencyTargetMs: given.LATENCY_TARGET_MS,
      qualityMode: given.QUALITY_MODE,
    },
    deepgram: given.DEEPGRAM_API_KEY
      ? { apiKey: given.DEEPGRAM_API_KEY, url: given.DEEPGRAM_URL ?? null, model: given.DEEPGRAM_MODEL }
      : null,
    /** Null: the flow itself answers. */
    model:
      modelUrl && model ? { url: modelUrl, apiKey: given.OPENAI_COMPATIBLE_KEY ?? null, name: model } : null,
    modelPriority: given.MODEL_PRIORITY,
  };
}

export type EdgeSetting = keyof typeof edgeSettings.shape;

/** One row for each, in reading order. */
export function describeEdgeSettings(): SettingRow[] {
  return describeAll(edgeSettings.shape);
}
