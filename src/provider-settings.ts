import { AREAS } from './language/areas.ts';
import { responseCacheSettings } from './language/cache/settings.ts';
import { choice, optionalChoice, optionalText, secret, secretList, text } from './setting.ts';

const url = (text: string) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
const masterKey = (text: string) => /^[A-Za-z0-9+/]{43}=$/.test(text);
const anyKey = (text: string) => text.length >= 8;

/** Providers of each kind. `embedded` needs neither key nor network. */
export const recognitionNames = ['embedded', 'deepgram', 'azure'] as const;
export const synthesisNames = ['embedded', 'deepgram', 'azure'] as const;
export const modelNames = ['bedrock', 'openrouter', 'azure-openai', 'openai-compatible'] as const;
export type ModelProviderName = (typeof modelNames)[number];

const isArea = (name: string) => (AREAS as readonly string[]).includes(name);

/** Which providers, and how they are reached. */
export const providerSettings = {
  STT_PROVIDER: choice(recognitionNames, 'embedded', { description: 'Who recognises speech.' }),
  TTS_PROVIDER: choice(synthesisNames, 'embedded', { description: 'Who speaks.' }),
  LLM_PROVIDER: text(
    value => value === 'embedded' || value.split(',').every(name => modelNames.includes(name as never)),
    `embedded, or some of ${modelNames.join(', ')} with commas between`,
    'embedded',
    {
      unit: 'names',
      description:
        'Whose language models may answer. One is chosen for every turn; the flow itself is always the last.',
    },
  ),
  LLM_PREFERRED: optionalText(/^[^\s,]+(,[^\s,]+)*$/, 'names of models with commas between', {
    unit: 'names',
    description: 'Models that go before others which can do as much, best first, as claude-haiku-4-5.',
  }),
  DATA_RESIDENCY: optionalText(
    value => value.split(',').every(isArea),
    `some of ${AREAS.join(', ')} with commas between`,
    {
      unit: 'areas',
      description:
        "The only areas where models, recognisers and voices may work on callers' words. A provider that does not tell " +
        'where it works has to have its area declared.',
      shownDefault: 'anywhere',
    },
  ),
  DEEPGRAM_API_KEY: secret(anyKey, 'a Deepgram API key', { unit: 'key', description: 'Key of Deepgram.' }),
  DEEPGRAM_URL: optionalText(url, 'an http(s) address', {
    unit: 'URL',
    description: 'Deepgram elsewhere than at its own address.',
    shownDefault: 'https://api.deepgram.com',
  }),
  DEEPGRAM_MODEL: text(/^[a-z0-9-]+$/, 'a model, as nova-3 or flux-general-en', 'nova-3', {
    unit: 'name',
    description: 'Recognition model of Deepgram; the flux models decide themselves when a turn is over.',
  }),
  DEEPGRAM_AREA: optionalChoice(AREAS, {
    description: 'Where Deepgram works on speech, if its address does not tell; api.eu.deepgram.com does.',
  }),
  BEDROCK_REGIONS: text(
    /^[a-z]{2}(-[a-z]+)+-\d(,[a-z]{2}(-[a-z]+)+-\d)*$/,
    'AWS regions with commas between, as us-east-1,us-west-2',
    'us-east-1,us-west-2',
    {
      unit: 'regions',
      description: 'Where Bedrock may be asked, best first. Credentials come as for any AWS SDK.',
    },
  ),
  OPENROUTER_API_KEY: secret(anyKey, 'an OpenRouter API key', {
    unit: 'key',
    description: 'Key of OpenRouter, for companies without one of their own.',
  }),
  OPENROUTER_URL: optionalText(url, 'an http(s) address', {
    unit: 'URL',
    description: 'OpenRouter elsewhere than at its own address.',
    shownDefault: 'https://openrouter.ai/api/v1',
  }),
  OPENROUTER_AREA: optionalChoice(AREAS, {
    description:
      'Where all hosts work that OpenRouter may ask at this address, as its contract with you promises.',
  }),
  OPENROUTER_MANAGEMENT_KEY: secret(anyKey, 'a Management API key of OpenRouter', {
    unit: 'key',
    description: "Reads what the companies' own keys at OpenRouter have used, every five minutes.",
  }),
  COMPANY_MASTER_KEY: secret(masterKey, '32 random bytes, as `openssl rand -base64 32` makes', {
    unit: 'base64',
    description: "Opens the companies' own keys. With it their use is counted and limited.",
  }),
  COMPANY_FORMER_MASTER_KEYS: secretList(masterKey, 'former master keys with commas between', {
    unit: 'base64, …',
    description: 'Still open what they sealed.',
  }),
  AZURE_OPENAI_ENDPOINT: optionalText(url, 'the endpoint of your Azure OpenAI resource', {
    unit: 'URL',
    description: 'Azure OpenAI resource.',
  }),
  AZURE_OPENAI_API_KEY: secret(anyKey, 'a key of your Azure OpenAI resource', {
    unit: 'key',
    description: 'Key of the Azure OpenAI resource.',
  }),
  AZURE_OPENAI_DEPLOYMENT: optionalText(/^[A-Za-z0-9._-]{1,64}$/, 'the name of a deployment', {
    unit: 'name',
    description: 'Deployment of the Azure OpenAI resource that answers.',
  }),
  AZURE_OPENAI_AREA: optionalChoice(AREAS, {
    description: 'Where the deployment works, as its type promises; a global one promises nothing.',
  }),
  AZURE_SPEECH_KEY: secret(anyKey, 'a key of your Azure Speech resource', {
    unit: 'key',
    description: 'Key of Azure Speech.',
  }),
  AZURE_SPEECH_REGION: text(/^[a-z0-9]+$/, 'an Azure region, as eastus', 'eastus', {
    unit: 'region',
    description: 'Region of the Azure Speech resource.',
  }),
  AZURE_SPEECH_ENDPOINT: optionalText(url, 'an http(s) address', {
    unit: 'URL',
    description: 'Azure Speech elsewhere than in its region.',
    shownDefault: "the region's own",
  }),
  AZURE_SPEECH_AREA: optionalChoice(AREAS, {
    description: 'Where Azure Speech works, if its region does not tell.',
  }),
  OPENAI_COMPATIBLE_URL: optionalText(url, 'an http(s) address, as http://127.0.0.1:11434/v1', {
    unit: 'URL',
    description: 'Any server that speaks the OpenAI chat protocol.',
  }),
  OPENAI_COMPATIBLE_KEY: secret(anyKey, 'the key that server wants', {
    unit: 'key',
    description: 'Key of that server, if it wants one.',
  }),
  OPENAI_COMPATIBLE_MODEL: optionalText(/^\S{1,200}$/, 'the name of a model on that server', {
    unit: 'name',
    description: 'Model on that server.',
  }),
  OPENAI_COMPATIBLE_AREA: optionalChoice(AREAS, {
    description: 'Where that server works.',
  }),
  MODEL_PRIORITY: choice(['latency', 'quality', 'cost'], 'latency', {
    description: 'What counts most when a model is chosen.',
  }),
  ...responseCacheSettings,
  AGENT_TYPE: choice(['customer-service', 'sales', 'technical-support'], 'customer-service', {
    description: 'What kind of agent the prompts make.',
  }),
  INDUSTRY: choice(['general', 'healthcare', 'financial'], 'general', {
    description: 'Whose rules the prompts follow.',
  }),
  COMPANY_NAME: text(/^[^\n\r]{1,100}$/, 'a name of up to 100 characters', 'Acme', {
    unit: 'name',
    description: 'For whom the agent speaks.',
  }),
};

/** What a choice of provider needs: setting by setting, and what is missing when it is absent. */
export const providerNeeds: Record<string, readonly string[]> = {
  deepgram: ['DEEPGRAM_API_KEY'],
  azure: ['AZURE_SPEECH_KEY'],
  openrouter: ['OPENROUTER_API_KEY'],
  'azure-openai': ['AZURE_OPENAI_ENDPOINT', 'AZURE_OPENAI_API_KEY', 'AZURE_OPENAI_DEPLOYMENT'],
  'openai-compatible': ['OPENAI_COMPATIBLE_URL', 'OPENAI_COMPATIBLE_MODEL'],
};
