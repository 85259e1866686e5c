import { hostname } from 'node:os';
import type { z } from 'zod';
import { defaultFlowFolder } from './flows/folder.ts';
import { readSplit, type Split } from './flows/split.ts';
import type { Area } from './language/areas.ts';
import { readResponseCache } from './language/cache/settings.ts';
import { preferredProblem } from './preferred-models.ts';
import { type ModelProviderName, providerNeeds } from './provider-settings.ts';
import { readRecording } from './recordings/settings.ts';
import { readRegions } from './regions/settings.ts';
import { refusal } from './residency.ts';
import { describeAll, type SettingRow } from './setting.ts';
import { AGENT_TYPES, settings } from './settings.ts';

/** The settings of one process, checked. Absent ones are null; `PUBLIC_URL` has no trailing slash. */
export type Config = ReturnType<typeof toConfig>;

export interface SettingProblem {
  setting: string;
  /** What to write instead. */
  problem: string;
}

/** Lists every setting that is wrong. Never carries a value: even an address may have a password in it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly SettingProblem[];

  constructor(problems: readonly SettingProblem[]) {
    const lines = problems.map(({ setting, problem }) => `  ${setting}: ${problem}`);
    super(`Some settings cannot be used. Correct them in the environment:\n${lines.join('\n')}`);
    this.problems = problems;
  }
}

/** Reads all settings. One that is empty counts as absent. Throws a single `ConfigError` for every fault. */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.keys(settings.shape).map(name => [name, env[name]?.trim() || undefined]);
  const result = settings.safeParse(Object.fromEntries(given));
  if (!result.success)
    throw new ConfigError(
      result.error.issues.map(issue => ({ setting: issue.path.join('.'), problem: issue.message })),
    );
  const config = toConfig(result.data);
  const problems = [...outsideResidency(config), ...unknownPreferences(config)];
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

function outsideResidency(config: Config): SettingProblem[] {
  const { sttProvider, ttsProvider, llmProviders, allowedAreas } = config;
  const chosen: [setting: string, provider: string][] = [
    ['STT_PROVIDER', sttProvider],
    ['TTS_PROVIDER', ttsProvider],
    ...llmProviders.map(name => ['LLM_PROVIDER', name] as [string, string]),
  ];
  return chosen.flatMap(([setting, provider]) => {
    const problem = refusal(provider, allowedAreas, config);
    return problem === null ? [] : [{ setting, problem }];
  });
}

function unknownPreferences(config: Config): SettingProblem[] {
  const problem = preferredProblem(config.preferredModels, config);
  return problem === null ? [] : [{ setting: 'LLM_PREFERRED', problem }];
}

/** One row for each setting, in reading order. */
export function describeSettings(): SettingRow[] {
  return describeAll(settings.shape);
}

function toConfig(given: z.output<typeof settings>) {
  return {
    port: given.PORT,
    host: given.HOST,
    publicUrl: given.PUBLIC_URL ? new URL(given.PUBLIC_URL).origin : null,
    /** Where this node alone is reached; null: where all are. */
    nodeUrl: given.NODE_URL ? new URL(given.NODE_URL).origin : null,
    twilioAuthToken: given.TWILIO_AUTH_TOKEN ?? null,
    twilioAccountSid: given.TWILIO_ACCOUNT_SID ?? null,
    databaseUrl: given.DATABASE_URL ?? null,
    redisUrl: given.REDIS_URL ?? null,
    dataDir: given.AYBIZA_DATA_DIR,
    node: given.AYBIZA_NODE ?? hostname(),
    apiKey: given.API_KEY ?? null,
    transferNumber: given.TRANSFER_NUMBER ?? null,
    logLevel: given.LOG_LEVEL,
    transport: given.TRANSPORT,
    agentsFile: given.AYBIZA_AGENTS ?? null,
    flow: readSplit(given.FLOW) as Split,
    flowsDir: given.FLOWS_DIR ?? defaultFlowFolder(),
    language: given.LANGUAGE,
    voice: given.VOICE,
    navigatorDelayMs: given.NAVIGATOR_DELAY_MS,
    navigatorWordMs: given.NAVIGATOR_WORD_MS,
    maxCalls: given.MAX_CALLS,
    maxCallS: given.MAX_CALL_S,
    silenceS: given.SILENCE_S,
    agentSilenceMs: given.AGENT_SILENCE_MS,
    drainTimeoutS: given.DRAIN_TIMEOUT_S,
    edgeSecret: given.EDGE_SECRET ?? null,
    edgeRegion: given.EDGE_REGION,
    latencyTargetMs: given.LATENCY_TARGET_MS,
    qualityMode: given.QUALITY_MODE,
    redactTranscripts: given.REDACT_TRANSCRIPTS === 'on',
    consoleReadOnly: given.CONSOLE_READ_ONLY === 'on',
    ...readRecording(given),
    ...readRegions(given),
    sttProvider: given.STT_PROVIDER,
    ttsProvider: given.TTS_PROVIDER,
    /** Empty when the flow itself answers. */
    llmProviders: (given.LLM_PROVIDER === 'embedded'
      ? []
      : given.LLM_PROVIDER.split(',')) as ModelProviderName[],
    deepgram: {
      apiKey: given.DEEPGRAM_API_KEY ?? null,
      url: given.DEEPGRAM_URL ?? null,
      model: given.DEEPGRAM_MODEL,
      area: given.DEEPGRAM_AREA ?? null,
    },
    bedrockRegions: given.BEDROCK_REGIONS.split(','),
    openRouter: {
      apiKey: given.OPENROUTER_API_KEY ?? null,
      url: given.OPENROUTER_URL ?? null,
      area: given.OPENROUTER_AREA ?? null,
    },
    azureOpenAi: {
      endpoint: given.AZURE_OPENAI_ENDPOINT ?? null,
      apiKey: given.AZURE_OPENAI_API_KEY ?? null,
      deployment: given.AZURE_OPENAI_DEPLOYMENT ?? null,
      area: given.AZURE_OPENAI_AREA ?? null,
    },
    azureSpeech: {
      apiKey: given.AZURE_SPEECH_KEY ?? null,
      region: given.AZURE_SPEECH_REGION,
      endpoint: given.AZURE_SPEECH_ENDPOINT ?? null,
      area: given.AZURE_SPEECH_AREA ?? null,
    },
    openAiCompatible: {
      url: given.OPENAI_COMPATIBLE_URL ?? null,
      apiKey: given.OPENAI_COMPATIBLE_KEY ?? null,
      model: given.OPENAI_COMPATIBLE_MODEL ?? null,
      area: given.OPENAI_COMPATIBLE_AREA ?? null,
    },
    ...readResponseCache(given),
    modelPriority: given.MODEL_PRIORITY,
    /** Best first; empty for none. */
    preferredModels: given.LLM_PREFERRED?.split(',') ?? [],
    /** Where callers' words may be worked on; null for anywhere. */
    allowedAreas: (given.DATA_RESIDENCY?.split(',') as Area[] | undefined) ?? null,
    agentType: AGENT_TYPES[given.AGENT_TYPE],
    industry: given.INDUSTRY,
    companyName: given.COMPANY_NAME,
    openRouterManagementKey: given.OPENROUTER_MANAGEMENT_KEY ?? null,
    companyMasterKey: given.COMPANY_MASTER_KEY ?? null,
    companyFormerMasterKeys: given.COMPANY_FORMER_MASTER_KEYS ?? [],
    /** Names of the settings that a provider needs and that are absent. */
    lackingSettings: (provider: string) =>
      (providerNeeds[provider] ?? []).filter(name => given[name as keyof typeof given] === undefined),
  };
}
