import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ModelEvent } from '../../../runtime/ports.ts';
import { defaultAgent } from '../../../src/agents.ts';
import { type Config, loadConfig } from '../../../src/config.ts';
import { startBedrockEmulator } from '../../../src/emulators/bedrock/bedrock.ts';
import { type DeepgramEmulator, startDeepgramEmulator } from '../../../src/emulators/deepgram/deepgram.ts';
import {
  type OpenAiCompatibleEmulator,
  startOpenAiCompatibleEmulator,
} from '../../../src/emulators/openai-compatible/openai-compatible.ts';
import { createLogger } from '../../../src/log.ts';
import { type OpenProviders, openAgentProviders, openProviders } from '../../../src/providers/open.ts';
import { FastClock } from '../../harness/fast-clock.ts';
import { layRepairedEars } from '../../harness/first-start.ts';
import { openAiBrain } from '../../harness/scripted-brain.ts';
import { modelRequest } from '../language/requests.ts';

const KEYS = { DEEPGRAM_API_KEY: 'dg-planted-0a1b2c3d', OPENROUTER_API_KEY: 'or-planted-9f8e7d6c' };
const CALL = { callId: 'call-1', language: 'en-US' };
/** Of Deepgram's emulator, so that its audio is known from any other. */
const DEEPGRAM_BYTE = 0x2a;

let dataDir: string;
let deepgram: DeepgramEmulator;
let chat: OpenAiCompatibleEmulator;
let clock: FastClock;
let logged: string[];
let config: Config;
const quiet = createLogger({ level: 'silent', node: 'test', secrets: [] });
let providers: OpenProviders | null = null;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'providers-'));
  await layRepairedEars(dataDir);
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));
afterEach(async () => {
  await providers?.close();
  providers = null;
  await Promise.all([deepgram?.close(), chat?.close()]);
});

async function open(env: Record<string, string>): Promise<OpenProviders> {
  clock = new FastClock(1);
  logged = [];
  deepgram = await startDeepgramEmulator({
    apiKey: KEYS.DEEPGRAM_API_KEY,
    voice: text => new Uint8Array(text.length).fill(DEEPGRAM_BYTE),
  });
  chat = await startOpenAiCompatibleEmulator({ apiKey: KEYS.OPENROUTER_API_KEY, answer: openAiBrain(false) });
  config = loadConfig({
    ...KEYS,
    AYBIZA_DATA_DIR: dataDir,
    DEEPGRAM_URL: deepgram.url,
    OPENROUTER_URL: `${chat.url}/api/v1`,
    OPENAI_COMPATIBLE_URL: `${chat.url}/v1`,
    OPENAI_COMPATIBLE_KEY: KEYS.OPENROUTER_API_KEY,
    OPENAI_COMPATIBLE_MODEL: 'own-model',
    ...env,
  });
  const log = createLogger({
    level: 'trace',
    node: 'test',
    secrets: [],
    destination: { write: line => void logged.push(line) },
  });
  providers = await openProviders({ config, clock, log, random: () => 0 });
  return providers;
}

async function speak({ synthesis }: OpenProviders, text: string) {
  const record: string[] = [];
  const stream = synthesis.open({ ...CALL, voice: 'slt', explain: line => void record.push(line) });
  const pieces: Uint8Array[] = [];
  for await (const piece of stream.speak(text, new AbortController().signal)) pieces.push(piece);
  stream.close();
  return { audio: Buffer.concat(pieces), record };
}

async function reply({ model }: OpenProviders) {
  const events: ModelEvent[] = [];
  const request = modelRequest({ said: 'my order number is one zero two four' });
  for await (const event of model.reply(request, new AbortController().signal)) events.push(event);
  return {
    choice: events.find(event => event.type === 'choice'),
    explained: events.flatMap(event => (event.type === 'explained' ? [event.text] : [])).join('\n'),
  };
}

describe('Of the providers that are opened', () => {
  it('the chosen ones serve, and the embedded ones take over when they are down', async () => {
    const opened = await open({ STT_PROVIDER: 'deepgram', TTS_PROVIDER: 'deepgram' });
    const byDeepgram = await speak(opened, 'Hello.');
    expect(new Set(byDeepgram.audio)).toEqual(new Set([DEEPGRAM_BYTE]));
    expect(byDeepgram.record).toEqual([]);

    deepgram.standingFault = { kind: 'serverError' };
    deepgram.dropSockets();
    const byFlite = await speak(opened, 'Hello.');
    // More than a third of a second of voice.
    expect(byFlite.audio.length).toBeGreaterThan(2_700);
    expect(new Set(byFlite.audio).size).toBeGreaterThan(20);
    expect(byFlite.record.at(-1)).toMatch(/^deepgram aura-2 could not speak .*speaks now\.$/);
  });

  it('the embedded recogniser listens in the place of one that refuses the key', async () => {
    const { recognition } = await open({ STT_PROVIDER: 'deepgram' });
    deepgram.standingFault = { kind: 'wrongKey' };
    const explained = await new Promise<string>((resolve, reject) => {
      const stream = recognition.open(
        { ...CALL, phrases: ['yes'], explain: text => resolve(text) },
        { partial() {}, final() {}, failed: reject },
      );
      stream.write(new Uint8Array(160).fill(0xff));
    });
    expect(explained).toMatch(/^deepgram nova-3 failed .*; .* listens now\.$/);
  });

  it('the models are asked in the order of the settings, and the flow itself after them', async () => {
    const opened = await open({ LLM_PROVIDER: 'openrouter,openai-compatible' });
    const choice = { event: 'caller.saysNumber', facts: { orderNumber: '1024' } };
    const first = await reply(opened);
    expect(first.choice).toMatchObject(choice);
    expect(first.explained).toMatch(/Answered by \S+ on openrouter\./);

    chat.standingFault = { kind: 'wrongKey', path: '/api/v1/chat' };
    const second = await reply(opened);
    expect(second.choice).toMatchObject(choice);
    expect(second.explained).toMatch(/openrouter: .*\nAnswered by own-model on openai-compatible\./);

    chat.standingFault = { kind: 'wrongKey' };
    const last = await reply(opened);
    expect(last.choice).toMatchObject(choice);
    expect(last.explained).toContain('the flow answers by itself');
  });

  it('nothing is left when they are closed, not even the timer of a breaker at rest', async () => {
    const opened = await open({
      STT_PROVIDER: 'deepgram',
      TTS_PROVIDER: 'deepgram',
      LLM_PROVIDER: 'openai-compatible',
    });
    chat.standingFault = { kind: 'throttle', ms: 60_000 };
    expect((await reply(opened)).explained).toContain('the flow answers by itself');
    opened.synthesis.open({ ...CALL, voice: 'slt' });
    expect(clock.pending).toBeGreaterThan(0);

    await opened.close();
    providers = null;
    expect(clock.pending).toBe(0);
  });

  it('what one agent has found to be down, no other waits for', async () => {
    await open({ LLM_PROVIDER: 'openai-compatible' });
    const agent = defaultAgent(config);
    const agents = [agent, { ...agent, name: 'sales', company: 'acme' }];
    const shared = await openAgentProviders({ config, clock, log: quiet, random: () => 0 }, agents);
    const of = (name: string) => shared.of.get(name) as OpenProviders;
    try {
      chat.standingFault = { kind: 'throttle', ms: 60_000 };
      expect((await reply(of('default'))).explained).toContain('the flow answers by itself');
      const asked = chat.requests.length;
      expect((await reply(of('sales'))).explained).toContain('1 of 1 places are resting after failures.');
      expect(chat.requests).toHaveLength(asked);
    } finally {
      await shared.close();
    }
    expect(clock.pending).toBe(0);
  });

  it('regions outside the areas of an agent are not even connected to', async () => {
    const bedrock = await startBedrockEmulator();
    vi.stubEnv('AWS_ENDPOINT_URL_BEDROCK_RUNTIME', bedrock.url);
    vi.stubEnv('AWS_BEARER_TOKEN_BEDROCK', 'planted-bedrock-key');
    try {
      const eu = { LLM_PROVIDER: 'bedrock', BEDROCK_REGIONS: 'us-east-1,eu-central-1', DATA_RESIDENCY: 'eu' };
      const { explained } = await reply(await open(eu));
      const [prewarmed, ...models] = bedrock.requests.map(({ path }) => decodeURIComponent(path));
      expect(prewarmed).toBe('/async-invoke');
      expect(models.length).toBeGreaterThan(0);
      for (const path of models) expect(path).toMatch(/^\/model\/eu\./);
      expect(explained).toMatch(/^eu only, so claude-haiku-4-5 on bedrock\/eu-central-1 /);
    } finally {
      vi.unstubAllEnvs();
      await bedrock.close();
    }
  });

  it('Deepgram keeps nothing of calls that have to stay in an area, however it is asked', async () => {
    const chosen = { STT_PROVIDER: 'deepgram', TTS_PROVIDER: 'deepgram', DEEPGRAM_AREA: 'eu' };
    const optOuts = async (env: Record<string, string>) => {
      const { recognition, synthesis } = await open({ ...chosen, ...env });
      recognition.open({ ...CALL, phrases: [] }, { partial() {}, final() {}, failed() {} });
      deepgram.nextFaults.push({ kind: 'refuse', path: '/v1/speak' });
      const voice = synthesis.open({ ...CALL, voice: 'thalia' });
      for await (const _ of voice.speak('Hello.', new AbortController().signal));
      const asked = deepgram.requests.map(({ method, path, query }) => [
        `${method} ${path}`,
        query.get('mip_opt_out'),
      ]);
      await providers?.close();
      return Object.fromEntries(asked);
    };
    const held = await optOuts({ DATA_RESIDENCY: 'eu' });
    expect(held).toMatchObject({
      'GET /v1/listen': 'true',
      'GET /v1/speak': 'true',
      'POST /v1/speak': 'true',
    });
    expect(new Set(Object.values(held))).toEqual(new Set(['true']));
    await Promise.all([deepgram.close(), chat.close()]);
    expect(new Set(Object.values(await optOuts({})))).toEqual(new Set([null]));
  });

  it('no key is ever logged', async () => {
    const opened = await open({ TTS_PROVIDER: 'deepgram', LLM_PROVIDER: 'openai-compatible,openrouter' });
    chat.standingFault = { kind: 'wrongKey' };
    deepgram.standingFault = { kind: 'wrongKey' };
    const told = [(await speak(opened, 'Hello.')).record, (await reply(opened)).explained];
    expect(logged.join('')).toContain('could not speak');
    for (const key of Object.values(KEYS)) {
      expect(logged.join('')).not.toContain(key);
      expect(JSON.stringify(told)).not.toContain(key);
    }
  });
});

describe('in a language that the embedded parts do not know', () => {
  it.each([
    [
      {},
      'The embedded ears know and the embedded voice knows English only, and the agent default speaks es-MX.',
    ],
    [{ TTS_PROVIDER: 'deepgram' }, 'The embedded ears know English only'],
    [{ STT_PROVIDER: 'deepgram' }, 'Set TTS_PROVIDER to deepgram or azure, or LANGUAGE to en-US.'],
  ])('refuses to begin with %j, and says what to set', async (env, message) => {
    await expect(open({ LANGUAGE: 'es-MX', ...env })).rejects.toThrow(message);
  });

  it('begins with hosted ears and a hosted voice, and puts nobody behind them who would not understand', async () => {
    providers = await open({ LANGUAGE: 'es-MX', STT_PROVIDER: 'deepgram', TTS_PROVIDER: 'deepgram' });

    expect(providers.recognition.name).not.toContain('pocketsphinx');
    expect(providers.synthesis.name).not.toContain('flite');
  });
});
