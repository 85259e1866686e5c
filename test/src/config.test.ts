import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ConfigError, describeSettings, loadConfig } from '../../src/config.ts';

const canary = 'canary-3f9c1d7e55';
const token = `${canary}-token`;

function problemsOf(env: Record<string, string>): Record<string, string> {
  try {
    loadConfig(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return Object.fromEntries(error.problems.map(({ setting, problem }) => [setting, problem]));
  }
  return {};
}

describe('settings', () => {
  it('need nothing: an empty environment gives a server for this machine alone', () => {
    const config = loadConfig({});

    expect(config).toMatchObject({ port: 8080, host: '127.0.0.1', publicUrl: null, twilioAuthToken: null });
    expect(config).toMatchObject({ flow: { 'order-status': 1 }, voice: 'slt', maxCallS: 3600, silenceS: 8 });
    expect(config.node).not.toBe('');
  });

  it('count as absent when empty or blank', () => {
    expect(loadConfig({ PORT: '', API_KEY: ' ', HOST: '' })).toMatchObject({ port: 8080, apiKey: null });
  });

  it('are all reported at once, rules between settings included, with what to write instead', () => {
    const problems = problemsOf({
      PORT: '70000',
      HOST: '0.0.0.0',
      MAX_CALLS: '1e3',
      TRANSFER_NUMBER: '555 1234',
      LOG_LEVEL: 'loud',
      LANGUAGE: 'english!',
      DATABASE_URL: 'mysql://h/x',
    });

    expect(Object.keys(problems).sort()).toEqual([
      'DATABASE_URL',
      'HOST',
      'LANGUAGE',
      'LOG_LEVEL',
      'MAX_CALLS',
      'PORT',
      'TRANSFER_NUMBER',
    ]);
    expect(problems.PORT).toBe('write a whole number from 0 to 65535 (TCP port).');
    expect(problems.TRANSFER_NUMBER).toContain('+15551234567');
    expect(problems.HOST).toContain('TWILIO_AUTH_TOKEN');
  });

  it('let a server listen beyond this machine only with an auth token', () => {
    for (const HOST of ['127.0.0.1', '127.8.9.1', '::1', 'localhost'])
      expect(problemsOf({ HOST })).toEqual({});
    for (const HOST of ['0.0.0.0', '::', '10.0.0.5', 'localhost.example.com'])
      expect(problemsOf({ HOST })).toHaveProperty('HOST');

    const open = { HOST: '0.0.0.0', TWILIO_AUTH_TOKEN: token, PUBLIC_URL: 'https://calls.example.com/' };
    expect(loadConfig(open)).toMatchObject({ host: '0.0.0.0', publicUrl: 'https://calls.example.com' });
  });

  it('tie the auth token and the public address to each other', () => {
    expect(problemsOf({ TWILIO_AUTH_TOKEN: token })).toHaveProperty('PUBLIC_URL');
    expect(problemsOf({ PUBLIC_URL: 'https://calls.example.com' })).toHaveProperty('TWILIO_AUTH_TOKEN');
    expect(problemsOf({ PUBLIC_URL: 'http://127.0.0.1:9000' })).toEqual({});
  });

  it('take a public address only as a bare https origin', () => {
    const origins = [
      'http://calls.example.com',
      'https://h/path',
      'https://u:p@h',
      'https://h?x=1',
      'https://h/#',
    ];
    for (const PUBLIC_URL of origins)
      expect(problemsOf({ PUBLIC_URL, TWILIO_AUTH_TOKEN: token }), PUBLIC_URL).toHaveProperty('PUBLIC_URL');
  });
});

describe('secrets', () => {
  const env = {
    TWILIO_AUTH_TOKEN: token,
    PUBLIC_URL: 'https://calls.example.com',
    DATABASE_URL: `postgres://user:${canary}@db/aybiza`,
    REDIS_URL: `redis://:${canary}@cache`,
    API_KEY: `${canary}-api`,
  };

  it('are not shown by JSON, inspection, templates or concatenation, and are whole when revealed', () => {
    const config = loadConfig(env);
    const shown = [
      JSON.stringify(config),
      inspect(config, { depth: 9, showHidden: true, getters: true }),
      `${config.twilioAuthToken}${config.apiKey}`,
      `x${String(config.databaseUrl)}`,
      inspect(new Error('no', { cause: config.redisUrl })),
    ].join('\n');

    expect(shown).not.toContain(canary);
    expect(shown).toContain('[secret]');
    expect(config.databaseUrl?.reveal()).toBe(env.DATABASE_URL);
    expect(config.apiKey?.matches(env.API_KEY)).toBe(true);
    expect(config.apiKey?.matches(`${env.API_KEY} `)).toBe(false);
  });

  it('are not echoed by an error, nor is any other value', () => {
    const bad = {
      PORT: canary,
      HOST: `${canary} !`,
      PUBLIC_URL: `https://user:${canary}@h/`,
      DATABASE_URL: `mysql://u:${canary}@h`,
      REDIS_URL: canary,
      TRANSFER_NUMBER: canary,
      LOG_LEVEL: canary,
      TWILIO_AUTH_TOKEN: 'canary-3f9c1d7',
    };

    try {
      loadConfig(bad);
      expect.unreachable();
    } catch (error) {
      expect((error as ConfigError).problems).toHaveLength(Object.keys(bad).length);
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('canary');
    }
  });
});

describe('describeSettings', () => {
  it('gives every setting a description, a unit and a default', () => {
    const rows = describeSettings();

    for (const row of rows) {
      expect(row.description, row.name).toMatch(/^[A-Z].+\.$/);
      expect(row.unit, row.name).not.toBe('');
      expect(row.default, row.name).not.toMatch(/^$|undefined|null/);
    }
    expect(rows.find(row => row.name === 'PORT')).toMatchObject({ default: '8080', secret: false });
    expect(rows.filter(row => row.secret).map(row => row.name)).toEqual([
      'TWILIO_AUTH_TOKEN',
      'DATABASE_URL',
      'REDIS_URL',
      'API_KEY',
      'EDGE_SECRET',
      'DEEPGRAM_API_KEY',
      'OPENROUTER_API_KEY',
      'OPENROUTER_MANAGEMENT_KEY',
      'COMPANY_MASTER_KEY',
      'COMPANY_FORMER_MASTER_KEYS',
      'AZURE_OPENAI_API_KEY',
      'AZURE_SPEECH_KEY',
      'OPENAI_COMPATIBLE_KEY',
    ]);
  });
});

describe('data residency', () => {
  const keys = {
    DEEPGRAM_API_KEY: 'deepgram-key',
    AZURE_SPEECH_KEY: 'azure-speech-key',
    OPENROUTER_API_KEY: 'openrouter-key',
    AZURE_OPENAI_ENDPOINT: 'https://acme.openai.azure.com',
    AZURE_OPENAI_API_KEY: 'azure-openai-key',
    AZURE_OPENAI_DEPLOYMENT: 'front-desk',
    OPENAI_COMPATIBLE_URL: 'http://127.0.0.1:11434/v1',
    OPENAI_COMPATIBLE_MODEL: 'own-model',
    DATA_RESIDENCY: 'eu',
  };

  it.each([
    ['nobody', {}],
    [
      "Deepgram's European address",
      { STT_PROVIDER: 'deepgram', DEEPGRAM_URL: 'https://api.eu.deepgram.com' },
    ],
    ['a European region of Azure', { TTS_PROVIDER: 'azure', AZURE_SPEECH_REGION: 'westeurope' }],
    ['an address whose area is declared', { STT_PROVIDER: 'deepgram', DEEPGRAM_AREA: 'eu' }],
    ['OpenRouter, where it is declared', { LLM_PROVIDER: 'openrouter', OPENROUTER_AREA: 'eu' }],
    [
      'Bedrock, where one of its regions is',
      { LLM_PROVIDER: 'bedrock', BEDROCK_REGIONS: 'us-east-1,eu-west-1' },
    ],
    ['several areas', { LLM_PROVIDER: 'bedrock', DATA_RESIDENCY: 'uk,us' }],
  ])('takes %s', (_, env) => {
    expect(problemsOf({ ...keys, ...env })).toEqual({});
  });

  it.each([
    [
      'STT_PROVIDER',
      { STT_PROVIDER: 'deepgram' },
      /^deepgram has to stay in eu, and .* not known: .* DEEPGRAM_AREA/,
    ],
    ['TTS_PROVIDER', { TTS_PROVIDER: 'azure' }, /^azure works in us, .* have to stay in eu: leave it out\.$/],
    ['TTS_PROVIDER', { TTS_PROVIDER: 'azure', AZURE_SPEECH_REGION: 'uksouth' }, /^azure works in uk/],
    // An endpoint of one's own may be anywhere, whatever the region says.
    [
      'STT_PROVIDER',
      { STT_PROVIDER: 'azure', AZURE_SPEECH_REGION: 'westeurope', AZURE_SPEECH_ENDPOINT: 'https://h' },
      /AZURE_SPEECH_AREA/,
    ],
    // What an address is known to promise goes before what is declared.
    [
      'STT_PROVIDER',
      {
        STT_PROVIDER: 'deepgram',
        DATA_RESIDENCY: 'us',
        DEEPGRAM_URL: 'https://api.eu.deepgram.com',
        DEEPGRAM_AREA: 'us',
      },
      /^deepgram works in eu/,
    ],
    ['LLM_PROVIDER', { LLM_PROVIDER: 'openrouter' }, /not known: .* OPENROUTER_AREA/],
    ['LLM_PROVIDER', { LLM_PROVIDER: 'openai-compatible' }, /not known: .* OPENAI_COMPATIBLE_AREA/],
    ['LLM_PROVIDER', { LLM_PROVIDER: 'azure-openai', AZURE_OPENAI_AREA: 'us' }, /^azure-openai works in us/],
    [
      'LLM_PROVIDER',
      { LLM_PROVIDER: 'bedrock' },
      /^bedrock has to stay in eu: write some of eu-central-1, .* BEDROCK_REGIONS/,
    ],
    [
      'LLM_PROVIDER',
      { LLM_PROVIDER: 'bedrock', DATA_RESIDENCY: 'uk' },
      /^bedrock sells no model that stays in uk/,
    ],
    ['DATA_RESIDENCY', { DATA_RESIDENCY: 'eu,mars' }, /^write some of us, eu, /],
  ])('refuses at %s %j', (setting, env, problem) => {
    expect(problemsOf({ ...keys, ...env })).toEqual({ [setting]: expect.stringMatching(problem) });
  });
});

describe('preferred models', () => {
  it("are models that can be asked, or those of one's own", () => {
    const env = { LLM_PREFERRED: 'own-model,claude-haiku-4-5', OPENAI_COMPATIBLE_MODEL: 'own-model' };
    expect(loadConfig(env).preferredModels).toEqual(['own-model', 'claude-haiku-4-5']);
    expect(problemsOf({ LLM_PREFERRED: canary }).LLM_PREFERRED).toMatch(/^write some of claude-haiku-4-5, /);
    expect(problemsOf({ LLM_PREFERRED: canary }).LLM_PREFERRED).not.toContain(canary);
    expect(problemsOf({ LLM_PREFERRED: 'claude-3-haiku' }).LLM_PREFERRED).toContain(
      'claude-3-haiku can no longer be asked',
    );
  });
});

describe('the choice of providers', () => {
  it('asks for the keys of every provider that is chosen, and for no other', () => {
    const env = { STT_PROVIDER: 'deepgram', LLM_PROVIDER: 'openrouter,bedrock' };
    expect(() => loadConfig(env)).toThrow(/DEEPGRAM_API_KEY: STT_PROVIDER=deepgram needs it/);
    expect(() => loadConfig(env)).toThrow(/OPENROUTER_API_KEY: LLM_PROVIDER=openrouter needs it/);
    expect(() => loadConfig(env)).not.toThrow(/AZURE/);
  });

  it('takes company keys only with a master key of 32 bytes, and former ones beside it', () => {
    const key = Buffer.alloc(32, 1).toString('base64');
    expect(problemsOf({ COMPANY_MASTER_KEY: 'short' })).toHaveProperty('COMPANY_MASTER_KEY');
    expect(problemsOf({ COMPANY_FORMER_MASTER_KEYS: key })).toHaveProperty('COMPANY_MASTER_KEY');
    expect(problemsOf({ OPENROUTER_MANAGEMENT_KEY: 'sk-or-management' })).toHaveProperty(
      'COMPANY_MASTER_KEY',
    );
    expect(
      loadConfig({ COMPANY_MASTER_KEY: key, COMPANY_FORMER_MASTER_KEYS: `${key},${key}` })
        .companyFormerMasterKeys,
    ).toHaveLength(2);
  });

  it('keeps the order of the language model providers', () => {
    const config = loadConfig({ LLM_PROVIDER: 'openrouter,bedrock', OPENROUTER_API_KEY: 'sk-or-0123456789' });
    expect(config.llmProviders).toEqual(['openrouter', 'bedrock']);
    expect(loadConfig({}).llmProviders).toEqual([]);
  });
});
