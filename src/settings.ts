import { z } from 'zod';
import { consoleSettings } from './console/settings.ts';
import { readSplit } from './flows/split.ts';
import { isLoopbackHost } from './loopback.ts';
import { providerNeeds, providerSettings } from './provider-settings.ts';
import { recordingSettings } from './recordings/settings.ts';
import { regionSettings } from './regions/settings.ts';
import { choice, optionalText, secret, text, whole } from './setting.ts';

/** Every setting of the environment, with its documentation. */
export const settings = z
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
    NODE_URL: optionalText(isPublicOrigin, 'an https origin without a path, as https://node-a.example.com', {
      unit: 'https origin',
      description:
        'Where the carrier and other nodes reach this very node, when several stand behind PUBLIC_URL and share a database.',
      shownDefault: 'PUBLIC_URL',
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
      description: 'Redis for jobs and for replies that are kept.',
      shownDefault: 'none: jobs live in the database, replies in the process',
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
    EDGE_SECRET: secret(isLong, 'a random text of 16 characters or more, as `openssl rand -hex 32` makes', {
      unit: 'key',
      description: 'What edges show who hand calls to this node. Without it none may.',
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
    ...regionSettings,
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
