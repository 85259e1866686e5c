import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { PhoneCall } from '../../src/caller/phone-call.ts';
import { describeSettings } from '../../src/config.ts';
import { startAzureSpeechEmulator } from '../../src/emulators/azure-speech/azure-speech.ts';
import { startBedrockEmulator } from '../../src/emulators/bedrock/bedrock.ts';
import { startDeepgramEmulator } from '../../src/emulators/deepgram/deepgram.ts';
import { startOpenAiCompatibleEmulator } from '../../src/emulators/openai-compatible/openai-compatible.ts';
import { Secret } from '../../src/secret.ts';
import { openDatabase } from '../../src/storage/open.ts';
import { Canaries } from '../harness/canaries.ts';
import { dumpDatabase, dumpRedis } from '../harness/dump.ts';
import { EchoingProvider } from '../harness/echoing-provider.ts';
import { layEmptyRecords } from '../harness/empty-records.ts';
import { layFirstStart, layRepairedEars } from '../harness/first-start.ts';
import { RecordingProxy } from '../harness/recording-proxy.ts';
import { backends } from '../src/storage/backends.ts';
import { keptLog } from '../src/storage/watched-jobs.ts';
import { passwordEchoes } from './password-echoes.ts';
import { databaseUser, redisUser } from './password-users.ts';
import { everyPath, lookOn } from './secret-places.ts';
import { ServedProcess } from './served-process.ts';

const PUBLIC_URL = 'https://calls.example.com';
const CALLER = '+12025550123';
/** Who answers which number: between them, they use every provider. */
const OURS = '+12025550115';
const AGENTS: { numbers: [string]; [field: string]: unknown }[] = [
  { name: 'acme', numbers: ['+12025550111'], company: 'acme', llm: ['openrouter'] },
  { name: 'azure', numbers: ['+12025550112'], stt: 'azure', tts: 'azure', llm: ['azure-openai'] },
  { name: 'bedrock', numbers: ['+12025550113'], llm: ['bedrock'] },
  {
    name: 'deepgram',
    numbers: ['+12025550114'],
    stt: 'deepgram',
    tts: 'deepgram',
    llm: ['openai-compatible'],
  },
  { name: 'ours', numbers: [OURS], llm: ['openrouter'] },
];
/** Which canaries the calls to all but `ours` show to those they belong to. */
const QUOTED_TO_THEIR_PROVIDERS = [
  'DEEPGRAM_API_KEY',
  'AZURE_OPENAI_API_KEY',
  'AZURE_SPEECH_KEY',
  'OPENAI_COMPATIBLE_KEY',
  'AWS_SESSION_TOKEN',
  "the company's key",
];
const MAX_TRIES = 10;
const SECRET_SETTINGS = describeSettings().flatMap(({ name, secret }) => (secret ? [name] : []));
const POLL = { timeout: 60_000, interval: 100 };

let folder: string;
let canaries: Canaries;
/** Of every setting that is a secret, and of those that the AWS SDK reads. */
let secrets: Record<string, string>;
let companyKey: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'aybiza-secrets-'));
  await writeFile(path.join(folder, 'agents.json'), JSON.stringify(AGENTS));
  canaries = new Canaries();
  const plain = (...names: string[]) => names.map(name => [name, canaries.plant(name)]);
  secrets = {
    ...Object.fromEntries(
      plain(
        'TWILIO_AUTH_TOKEN',
        'DEEPGRAM_API_KEY',
        'OPENROUTER_API_KEY',
        'OPENROUTER_MANAGEMENT_KEY',
        'AZURE_OPENAI_API_KEY',
        'AZURE_SPEECH_KEY',
        'OPENAI_COMPATIBLE_KEY',
        'AWS_SECRET_ACCESS_KEY',
        'AWS_SESSION_TOKEN',
        'EDGE_SECRET',
      ),
    ),
    API_KEY: canaries.plant('API_KEY', '/+%'),
    COMPANY_MASTER_KEY: canaries.plantMasterKey('COMPANY_MASTER_KEY'),
    COMPANY_FORMER_MASTER_KEYS: canaries.plantMasterKey('COMPANY_FORMER_MASTER_KEYS'),
  };
  companyKey = canaries.plant("the company's key");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe.sequential('no secret is told', { timeout: 240_000 }, () => {
  // With Redis the records are on PostgreSQL.
  for (const backend of backends.filter(({ name }) => name !== 'PostgreSQL'))
    it.skipIf(backend.absent)(`while everything works, with records on ${backend.name}`, async () => {
      const place = await servedPlace(backend);
      const providers = await startProviders();
      const process = await serve({ ...place.settings, ...providers.settings });
      const world = await enter(process);

      await askApi(world, [
        ['PUT', '/api/companies/acme', { name: 'Acme' }],
        ['POST', '/api/companies/acme/key/mint', { limitUsd: 5 }],
        ['POST', '/api/companies/acme/key/rotate', {}],
        ['PUT', '/api/companies/acme/limits', { scope: 'company', period: 'month', limitUsd: 50 }],
      ]);
      const calls: PhoneCall[] = [];
      const page = await lookOn(world.proxy.url, secrets.API_KEY ?? '');
      for (const { numbers } of AGENTS) {
        const call = await callTo(world, numbers[0]);
        calls.push(call);
        page.ask({ type: 'watchCall', watch: calls.length, callSid: call.callSid });
      }
      await expect.poll(providers.unasked, POLL).toEqual([]);
      await hangUp(world, calls);
      await expect.poll(() => page.of('callEnded').length, POLL).toBe(AGENTS.length);
      await askApi(world, [['PUT', '/api/companies/acme/key', { key: companyKey }]]);
      await knockEverywhere(world, calls);
      process.signal('SIGTERM');
      expect(await process.exited()).toEqual({ code: 0, signal: null });

      const sent = world.proxy.bytes;
      expect(sent.toString('latin1')).toContain('"event":"media"');
      const kept = await place.dump();
      expect(kept).toContain(calls[0]?.callSid);
      expectNothingIn({ sent, printed: process.output, kept, files: await filesIn(folder) });
      // Keys that OpenRouter minted are nowhere in clear, too.
      expect([sent.toString('latin1'), process.output, kept].join()).not.toMatch(/sk-or-v1-[0-9a-f]{16}/);
    });

  it('when every provider refuses the key and quotes it', async () => {
    await layFirstStart(dataDir());
    const echo = await EchoingProvider.start();
    onTestFinished(() => echo.close());
    const process = await serve({ ...providersAt(echo.url), AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE' });
    const world = await enter(process);

    await askApi(world, [['PUT', '/api/companies/acme', { name: 'Acme' }]]);
    await askApi(world, [['PUT', '/api/companies/acme/key', { key: companyKey }]]);
    const calls: PhoneCall[] = [];
    for (const { numbers } of AGENTS) if (numbers[0] !== OURS) calls.push(await callTo(world, numbers[0]));
    const heard = (names: string[]) =>
      expect.poll(() => canaries.foundIn(echo.received), POLL).toEqual(expect.arrayContaining(names));
    await heard(QUOTED_TO_THEIR_PROVIDERS);
    await hangUp(world, calls);
    // The company's failures let OpenRouter rest for a while: the installation's own key is used in one of these calls.
    for (
      let tries = 0;
      tries < MAX_TRIES && !canaries.foundIn(echo.received).includes('OPENROUTER_API_KEY');
      tries++
    ) {
      const ours = await callTo(world, OURS);
      const detail = async () => (await world.ask('GET', `/api/calls/${ours.callSid}/events`)).text;
      await expect.poll(detail, POLL).toContain('No model answered');
      await hangUp(world, [ours]);
    }
    await heard(['OPENROUTER_API_KEY']);
    await askApi(world, [['DELETE', '/api/companies/acme/key']]);
    for (let times = 0; times < 3; times++) {
      const minted = await world.ask('POST', '/api/companies/acme/key/mint', { limitUsd: 1 });
      expect(minted.status).toBe(502);
    }
    await knockEverywhere(world, calls);
    process.signal('SIGTERM');
    await process.exited();

    expect(canaries.foundIn(echo.received)).toContain('OPENROUTER_MANAGEMENT_KEY');
    const kept = await dumpPglite();
    expectNothingIn({ sent: world.proxy.bytes, printed: process.output, kept, files: await filesIn(folder) });
  });

  it('when the database or Redis cannot be reached, or refuses the password and quotes it', async () => {
    const password = canaries.plant('a password', '/+%');
    const echoes = await passwordEchoes();
    onTestFinished(() => echoes.close());
    const written = encodeURIComponent(password);
    const wrong: Record<string, string>[] = [
      { DATABASE_URL: `postgres://someone:${written}@127.0.0.1:9/aybiza` },
      { DATABASE_URL: `postgres://someone:${written}@127.0.0.1:${echoes.postgresPort}/aybiza` },
      { DATABASE_URL: `postgres://someone:${password}@127.0.0.1:9/aybiza` },
      { REDIS_URL: `redis://someone:${written}@127.0.0.1:9/0` },
      { REDIS_URL: `redis://someone:${written}@127.0.0.1:${echoes.redisPort}/0` },
      { REDIS_URL: `redis://someone:${password}@127.0.0.1:9/0` },
    ];
    const refuses = async (settings: Record<string, string>, index: number) => {
      const own = `${dataDir()}-${index}`;
      // Redis is asked once the records are open.
      if (settings.REDIS_URL) await layEmptyRecords(own);
      const process = await serve({ ...settings, AYBIZA_DATA_DIR: own });
      expect((await process.exited()).code, JSON.stringify(Object.keys(settings))).toBe(1);
      expect(process.stderr).toMatch(/DATABASE_URL|REDIS_URL/);
      expectNothingIn({ printed: process.output });
    };
    await Promise.all(wrong.map(refuses));
    expect(echoes.passwords()).toEqual(expect.arrayContaining([password, password]));
  });

  it('when settings are written wrongly', async () => {
    const wrong = Object.fromEntries(
      SECRET_SETTINGS.map(name => [name, name.endsWith('KEY') ? `${canaries.plant(`wrong ${name}`)} ` : 'x']),
    );
    const broken = {
      ...wrong,
      COMPANY_MASTER_KEY: `${secrets.COMPANY_MASTER_KEY}x`,
      DATABASE_URL: `mysql://u:${canaries.plant('p1')}@h/d`,
      REDIS_URL: `http://u:${canaries.plant('p2')}@h`,
    };
    const process = await serve(broken);
    expect((await process.exited()).code).toBe(1);
    expect(process.stderr).toContain('COMPANY_MASTER_KEY');
    expectNothingIn({ printed: process.output });
  });
});

it('every secret setting has a canary', () => {
  const urls = ['DATABASE_URL', 'REDIS_URL'];
  expect(SECRET_SETTINGS.filter(name => !(name in secrets)).toSorted()).toEqual(urls);
});

const dataDir = () => path.join(folder, 'data');

async function serve(settings: Record<string, string>): Promise<ServedProcess> {
  const process = await ServedProcess.start({
    PORT: '0',
    LOG_LEVEL: 'trace',
    PUBLIC_URL,
    AYBIZA_NODE: 'secrets',
    AYBIZA_DATA_DIR: dataDir(),
    AYBIZA_AGENTS: path.join(folder, 'agents.json'),
    AZURE_OPENAI_ENDPOINT: 'http://127.0.0.1:9',
    AZURE_OPENAI_DEPLOYMENT: 'emulated',
    OPENAI_COMPATIBLE_URL: 'http://127.0.0.1:9',
    OPENAI_COMPATIBLE_MODEL: 'emulated',
    // Media streams that were announced never come.
    DRAIN_TIMEOUT_S: '1',
    ...secrets,
    ...settings,
  });
  onTestFinished(() => process.kill());
  return process;
}

function providersAt(url: string): Record<string, string> {
  return {
    DEEPGRAM_URL: url,
    AZURE_SPEECH_ENDPOINT: url,
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: url,
    OPENROUTER_URL: `${url}/api/v1`,
    AZURE_OPENAI_ENDPOINT: url,
    OPENAI_COMPATIBLE_URL: `${url}/v1`,
  };
}

/** Emulators that let these keys in, and no others. */
async function startProviders() {
  const key = (name: string) => secrets[name] as string;
  const transcripts = Array.from({ length: 20 }, () => 'one zero two four');
  const bedrockKey = canaries.plant('AWS_BEARER_TOKEN_BEDROCK');
  const deepgram = await startDeepgramEmulator({ apiKey: key('DEEPGRAM_API_KEY'), transcripts });
  const azureSpeech = await startAzureSpeechEmulator({ key: key('AZURE_SPEECH_KEY'), transcripts });
  const bedrock = await startBedrockEmulator({ apiKey: new Secret(bedrockKey) });
  const openRouter = await startOpenAiCompatibleEmulator({
    apiKey: key('OPENROUTER_API_KEY'),
    managementKey: key('OPENROUTER_MANAGEMENT_KEY'),
  });
  const azureOpenAi = await startOpenAiCompatibleEmulator({ apiKey: key('AZURE_OPENAI_API_KEY') });
  const compatible = await startOpenAiCompatibleEmulator({ apiKey: key('OPENAI_COMPATIBLE_KEY') });
  const all = { deepgram, azureSpeech, bedrock, openRouter, azureOpenAi, compatible };
  onTestFinished(async () => {
    await Promise.all(Object.values(all).map(each => each.close()));
  });
  return {
    settings: {
      DEEPGRAM_URL: deepgram.url,
      AZURE_SPEECH_ENDPOINT: azureSpeech.url,
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: bedrock.url,
      AWS_BEARER_TOKEN_BEDROCK: bedrockKey,
      OPENROUTER_URL: `${openRouter.url}/api/v1`,
      AZURE_OPENAI_ENDPOINT: azureOpenAi.url,
      OPENAI_COMPATIBLE_URL: `${compatible.url}/v1`,
    },
    /** Those that no call has asked yet. */
    unasked: () =>
      Object.entries(all).flatMap(([name, { requests }]) =>
        requests.some(request => !request.path.includes('/keys')) ? [] : [name],
      ),
  };
}

/** Where the records are, with a password where a server takes one. */
async function servedPlace(backend: (typeof backends)[number]) {
  const { place, remove } = await backend.prepare();
  onTestFinished(remove);
  if (place.databaseUrl) await layRepairedEars(dataDir());
  else await layFirstStart(dataDir());
  const settings: Record<string, string> = {};
  if (place.databaseUrl)
    settings.DATABASE_URL = await databaseUser(
      place.databaseUrl,
      canaries.plant('the password of the database', '/+%'),
    );
  if (place.redisUrl)
    settings.REDIS_URL = await redisUser(place.redisUrl, canaries.plant('the password of Redis', '/+%'));
  const { databaseUrl, redisUrl } = place;
  return {
    settings,
    async dump() {
      if (!databaseUrl) return dumpPglite();
      const database = await openDatabase({ databaseUrl, dataDir: folder, log: keptLog() }, () => {});
      const rows = await dumpDatabase(database).finally(() => database.close());
      return redisUrl ? rows + (await dumpRedis(redisUrl)) : rows;
    },
  };
}

/** A running product, looked at through a proxy that keeps what it sends. */
async function enter(process: ServedProcess) {
  const proxy = await RecordingProxy.open(await process.url());
  onTestFinished(() => proxy.close());

  async function ask(method: string, at: string, body?: unknown, headers?: Record<string, string>) {
    const response = await fetch(proxy.url + at, {
      method,
      headers: headers ?? { authorization: `Bearer ${secrets.API_KEY}` },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, text: await response.text() };
  }
  return { process, proxy, ask };
}

type World = Awaited<ReturnType<typeof enter>>;

async function askApi(world: World, requests: [method: string, at: string, body?: unknown][]): Promise<void> {
  for (const [method, at, body] of requests) {
    const { status, text } = await world.ask(method, at, body);
    expect(status, `${method} ${at}: ${text}`).toBe(200);
  }
}

/** A call in which something is asked that models answer. */
async function callTo({ proxy }: World, number: string): Promise<PhoneCall> {
  const phone = new PhoneCall(proxy.url, {
    from: CALLER,
    to: number,
    authToken: secrets.TWILIO_AUTH_TOKEN as string,
    publicUrl: PUBLIC_URL,
    hearing: 'bytes',
  });
  await phone.begin();
  for (const digit of '1024#') phone.key(digit);
  return phone;
}

async function hangUp(world: World, calls: readonly PhoneCall[]): Promise<void> {
  for (const call of calls) {
    await call.hangUp();
    const detail = async () => JSON.parse((await world.ask('GET', `/api/calls/${call.callSid}`)).text).report;
    await expect.poll(detail, POLL).not.toBeNull();
    await world.ask('GET', `/api/calls/${call.callSid}/events`);
  }
}

/** Every path of the product: with the key and bodies that are good, bad and absent; with another key; with none. */
async function knockEverywhere(world: World, calls: readonly PhoneCall[]): Promise<void> {
  const wrong = canaries.plant('a wrong key', '/+%');
  const full = JSON.stringify({ key: wrong, name: 7, limitUsd: wrong });
  const visitors: [headers: Record<string, string>, bodies: readonly (string | undefined)[]][] = [
    [{ authorization: `Bearer ${secrets.API_KEY}` }, [undefined, `{"canary": "${wrong}"`, full]],
    [{ authorization: `Bearer ${wrong}`, 'x-twilio-signature': wrong, cookie: wrong }, [full]],
    [{}, [full]],
  ];
  const knock = async (at: string) => {
    for (const [headers, bodies] of visitors) {
      await world.ask('GET', at, undefined, headers);
      for (const method of ['POST', 'PUT', 'DELETE'])
        for (const body of bodies) await world.ask(method, at, body, headers);
    }
  };
  await Promise.all(everyPath(calls[0]?.callSid ?? '').map(knock));
}

async function dumpPglite(): Promise<string> {
  const database = await openDatabase(
    { databaseUrl: undefined, dataDir: dataDir(), log: keptLog() },
    () => {},
  );
  return dumpDatabase(database).finally(() => database.close());
}

async function filesIn(root: string): Promise<Buffer> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter(entry => entry.isFile());
  return Buffer.concat(await Promise.all(files.map(file => readFile(path.join(file.parentPath, file.name)))));
}

function expectNothingIn(places: Record<string, Buffer | string>): void {
  for (const [name, bytes] of Object.entries(places)) {
    expect(bytes.length, name).toBeGreaterThan(0);
    expect(canaries.quotedIn(bytes), name).toEqual([]);
  }
}
