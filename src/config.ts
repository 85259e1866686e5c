import { hostname } from 'node:os';
import { z } from 'zod';
import { consoleSettings } from './console/settings.ts';
import { defaultFlowFolder } from './flows/folder.ts';
import { readSplit, type Split } from './flows/split.ts';
import type { Area } from './language/areas.ts';
import { isLoopbackHost } from './loopback.ts';
import { preferredProblem } from './preferred-models.ts';
import { type ModelProviderName, providerNeeds, providerSettings } from './provider-settings.ts';
import { readRecording, recordingSettings } from './recordings/settings.ts';
import { refusal } from './residency.ts';
import { choice, optionalText, type SettingMeta, secret, text, whole } from './setting.ts';

const settings = z
  .object({
    PORT: whole(0, 65_535, 8080, {
      unit: 'TCP port',
      description: 'Port to listen on; 0 picks a free one.',
    }),
    HOST: text(/^[A-Za-z0-9.:_-]{1,253}$/, 'an address of this machine, as 127.0.0.1', '127.0.0.1', {
      unit: 'address',
      description: 'Address to listen on. Anything but loopback needs TWILIO_AUTH_TOKEN.',
    }),
    PUBLIC_URL: optionalText(isPublicOrigin, 'an https origin without a path, as https://calls.example.com', {
      unit: 'https origin',
      description: 'Where the carrier reaches this server. Signatures are checked over it, never over Host.',
    }),
    TWILIO_AUTH_TOKEN: secret(isLong, 'the auth token of your Twilio account, 16 characters or more', {
      unit: 'token',
      description: 'Token that Twilio signs with. Without it only this machine may place calls.',
    }),
    TWILIO_ACCOUNT_SID: optionalText(
      /^AC[0-9a-fA-F]{32}$/,
      'your account SID: AC and 32 hexadecimal digits',
      {
        unit: 'SID',
        description: 'The only account whose webhooks are accepted.',
        shownDefault: 'any that is signed with the token',
      },
    ),
    DATABASE_URL: secret(isPostgresUrl, 'a PostgreSQL URL, as postgres://user:password@host:5432/name', {
      unit: 'URL',
      description: 'PostgreSQL for records and jobs.',
      shownDefault: 'embedded PGlite in AYBIZA_DATA_DIR',
    }),
    REDIS_URL: secret(isRedisUrl, 'a Redis URL, as redis://user:password@host:6379/0', {
      unit: 'URL',
      description: 'Redis for jobs.',
      shownDefault: 'none: jobs live in the database',
    }),
    AYBIZA_DATA_DIR: text(/^[^\0]+$/, 'the path of a folder', './data', {
      unit: 'path',
      description: 'Folder of the embedded database.',
    }),
    AYBIZA_NODE: optionalText(
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
      'a name of up to 63 letters, digits, dots, dashes and underscores',
      {
        unit: 'name',
        description: 'Name of this node. Keep it across restarts: calls left behind are found again by it.',
        shownDefault: "the machine's host name",
      },
    ),
    API_KEY: secret(isLong, 'a random key of 16 characters or more, as `openssl rand -hex 32` makes', {
      unit: 'key',
      description: 'Bearer key of the HTTP API. Without it the API answers this machine alone.',
    }),
    TRANSFER_NUMBER: optionalText(/^\+[1-9]\d{6,14}$/, 'an E.164 number, as +15551234567', {
      unit: 'E.164',
      description: 'The person that callers are passed to.',
      shownDefault: 'none: nobody is available',
    }),
    LOG_LEVEL: choice(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], 'info', {
      description: 'Least serious line that is logged.',
    }),
    TRANSPORT: choice(['auto', 'uws', 'ws'], 'auto', {
      description: 'Media server: uWebSockets.js, ws, or the first of them that loads.',
    }),
    FLOW: text(
      value => readSplit(value) !== null,
      'the file name of a flow, as order-status, or shares of several, as order-status=90,order-status-brief=10',
      'order-status',
      {
        unit: 'name, or names with weights',
        description: 'Conversation flow that calls follow; of several, each caller keeps to one.',
      },
    ),
    FLOWS_DIR: optionalText(/^[^\0]+$/, 'the path of a folder', {
      unit: 'path',
      description: 'Folder of the conversation flows; their sub-flows are in its folder parts.',
      shownDefault: 'machines/flows of this product',
    }),
    LANGUAGE: text(isLanguageTag, 'a BCP-47 language tag, as en-US', 'en-US', {
      unit: 'BCP-47',
      description: 'Language of the calls.',
    }),
    VOICE: text(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/, "the synthesiser's name of a voice, as slt", 'slt', {
      unit: 'name',
      description: 'Voice that the agent speaks with.',
    }),
    AYBIZA_AGENTS: optionalText(/^[^\0]+$/, 'the path of a JSON file', {
      unit: 'path',
      description:
        'JSON file with an array of agents, by the numbers they answer. What an agent lacks is as set here.',
      shownDefault: 'none: one agent answers every number',
    }),
    NAVIGATOR_DELAY_MS: whole(0, 60_000, 0, {
      unit: 'ms',
      description: 'Pause of the scripted navigator before its first word, as a language model makes one.',
    }),
    NAVIGATOR_WORD_MS: whole(0, 10_000, 0, {
      unit: 'ms',
      description: 'Pause of the scripted navigator before every further word.',
    }),
    MAX_CALLS: whole(1, 100_000, 100, {
      unit: 'calls',
      description: 'Calls that may be live at once. Further callers hear the busy tone.',
    }),
    MAX_CALL_S: whole(10, 86_400, 3600, { unit: 's', description: 'Longest call.' }),
    SILENCE_S: whole(1, 300, 8, {
      unit: 's',
      description: 'How long a caller may be silent before the agent reminds them.',
    }),
    AGENT_SILENCE_MS: whole(1_000, 60_000, 3_000, {
      unit: 'ms',
      description:
        'Longest silence that a caller hears while the agent has the floor; a short filler breaks it.',
    }),
    DRAIN_TIMEOUT_S: whole(0, 86_400, 120, {
      unit: 's',
      description: 'How long calls may go on once the server has been told to stop.',
    }),
    EDGE_REGION: text(/^[A-Za-z0-9_-]{1,32}$/, 'a region name, as lhr1', 'local', {
      unit: 'name',
      description: 'Region of a call whose webhook names none.',
    }),
    LATENCY_TARGET_MS: whole(1, 60_000, 50, {
      unit: 'ms',
      description: 'What this product itself may add to a reply, in a call whose webhook names no target.',
    }),
    QUALITY_MODE: choice(['ultra_low_latency', 'balanced', 'high_quality'], 'ultra_low_latency', {
      description: 'Processing quality of a call whose webhook names none.',
    }),
    ...consoleSettings,
    ...recordingSettings,
    ...providerSettings,
  })
  .superRefine((given, context) => {
    for (const [setting, name] of chosenProviders(given))
      for (const needed of providerNeeds[name] ?? [])
        if (given[needed as keyof typeof given] === undefined)
          context.addIssue({ code: 'custom', path: [needed], message: `${setting}=${name} needs it.` });
  })
  // `when`: the rules between settings are checked even if others are wrong, so that one run reports everything.
  .refine(given => given.TWILIO_AUTH_TOKEN || isLoopbackHost(given.HOST ?? ''), {
    when: () => true,
    path: ['HOST'],
    error:
      'listening beyond this machine needs TWILIO_AUTH_TOKEN, or strangers could place calls: ' +
      'set the token, or write 127.0.0.1.',
  })
  .refine(given => given.PUBLIC_URL || !given.TWILIO_AUTH_TOKEN, {
    when: () => true,
    path: ['PUBLIC_URL'],
    error:
      'TWILIO_AUTH_TOKEN needs it, because Twilio signs the address it calls: ' +
      'write the https origin that the carrier sees, as https://calls.example.com.',
  })
  .refine(given => given.COMPANY_MASTER_KEY || !given.COMPANY_FORMER_MASTER_KEYS, {
    when: () => true,
    path: ['COMPANY_MASTER_KEY'],
    error: 'COMPANY_FORMER_MASTER_KEYS needs it: write the key that replaces them.',
  })
  .refine(given => given.COMPANY_MASTER_KEY || !given.OPENROUTER_MANAGEMENT_KEY, {
    when: () => true,
    path: ['COMPANY_MASTER_KEY'],
    error: 'OPENROUTER_MANAGEMENT_KEY needs it: write 32 random bytes, as `openssl rand -base64 32` makes.',
  })
  // Behind a tunnel every stranger seems to come from this machine.
  .refine(given => given.TWILIO_AUTH_TOKEN || isLoopbackUrl(given.PUBLIC_URL ?? 'http://localhost'), {
    when: () => true,
    path: ['TWILIO_AUTH_TOKEN'],
    error:
      'a PUBLIC_URL that strangers can reach needs it: write the auth token of your Twilio account, ' +
      'or leave PUBLIC_URL out.',
  });

/** The settings of one process, checked. Absent ones are null; `PUBLIC_URL` has no trailing slash. */
export type Config = ReturnType<typeof toConfig>;

/** One setting, for `--help` and the documentation. */
export interface SettingRow {
  name: string;
  description: string;
  unit: string;
  default: string;
  secret: boolean;
}

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
  return Object.entries(settings.shape).map(([name, field]) => {
    const meta = field.meta() as unknown as SettingMeta;
    const fallback = meta.shownDefault ?? String(field.parse(undefined) ?? 'none');
    return {
      name,
      description: meta.description,
      unit: meta.unit,
      default: fallback,
      secret: meta.secret ?? false,
    };
  });
}

function toConfig(given: z.output<typeof settings>) {
  return {
    port: given.PORT,
    host: given.HOST,
    publicUrl: given.PUBLIC_URL ? new URL(given.PUBLIC_URL).origin : null,
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
    edgeRegion: given.EDGE_REGION,
    latencyTargetMs: given.LATENCY_TARGET_MS,
    qualityMode: given.QUALITY_MODE,
    redactTranscripts: given.REDACT_TRANSCRIPTS === 'on',
    consoleReadOnly: given.CONSOLE_READ_ONLY === 'on',
    ...readRecording(given),
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

/** Kinds of agents as they are written down. */
export const AGENT_TYPES = {
  'customer-service': 'customerService',
  sales: 'sales',
  'technical-support': 'technicalSupport',
} as const;

/** Which setting chose which provider. */
function chosenProviders(given: { STT_PROVIDER?: string; TTS_PROVIDER?: string; LLM_PROVIDER?: string }) {
  const { STT_PROVIDER = '', TTS_PROVIDER = '', LLM_PROVIDER = '' } = given;
  return [
    ['STT_PROVIDER', STT_PROVIDER],
    ['TTS_PROVIDER', TTS_PROVIDER],
    ...LLM_PROVIDER.split(',').map(name => ['LLM_PROVIDER', name]),
  ] as [string, string][];
}

function isLong(value: string): boolean {
  return value.length >= 16;
}

export function isLanguageTag(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

/** Plain http is for a carrier on this machine, as tests and the softphone are. */
function isPublicOrigin(text: string): boolean {
  if (!/^https?:\/\/[^\s/?#@]+\/?$/i.test(text) || !URL.canParse(text)) return false;
  return new URL(text).protocol === 'https:' || isLoopbackUrl(text);
}

function isLoopbackUrl(text: string): boolean {
  return URL.canParse(text) && isLoopbackHost(new URL(text).hostname);
}

function isPostgresUrl(text: string): boolean {
  return hasProtocol(text, 'postgres:', 'postgresql:');
}

function isRedisUrl(text: string): boolean {
  return hasProtocol(text, 'redis:', 'rediss:');
}

function hasProtocol(text: string, ...protocols: string[]): boolean {
  return URL.canParse(text) && protocols.includes(new URL(text).protocol);
}
