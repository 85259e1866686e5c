import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { orderStatus } from '../../machines/flows/order-status.ts';
import type { Providers } from '../../runtime/call-host.ts';
import { AgentsError, configOf, loadAgents } from '../../src/agents.ts';
import { loadConfig } from '../../src/config.ts';
import { oneFlow } from '../../src/flows/library.ts';
import type { ServedAgents } from '../../src/server.ts';
import {
  says,
  scriptedModel,
  scriptedSynthesis,
  scriptedVoiceActivity,
} from '../harness/scripted-providers.ts';
import { SimCall } from '../harness/sim-call.ts';
import { disclosure } from '../harness/test-flows.ts';
import { WireCaller } from '../harness/wire-caller.ts';
import { WireServer } from '../harness/wire-server.ts';

const SALES = '+12025550111';
const folders: string[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function load(content: unknown, env: Record<string, string> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'agents-'));
  folders.push(folder);
  const path = join(folder, 'agents.json');
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return loadAgents(loadConfig({ ...env, AYBIZA_AGENTS: path }));
}

it('Without a file there is one agent for any number, as the settings say', async () => {
  const config = loadConfig({ VOICE: 'kal', AGENT_TYPE: 'sales', TRANSFER_NUMBER: SALES });
  const { all, agentFor } = await loadAgents(config);

  expect(all).toHaveLength(1);
  expect(agentFor('+4930123456')).toMatchObject({ name: 'default', voice: 'kal', agentType: 'sales' });
  expect({ ...configOf(config, all[0]) }).toEqual({ ...config });
});

it('What an agent says goes before the settings, and they fill what it leaves out', async () => {
  const { agentFor } = await load(
    [
      { name: 'any', voice: 'awb' },
      {
        name: 'sales',
        numbers: [SALES],
        company: 'acme',
        department: 'sales',
        stt: 'deepgram',
        llm: ['openrouter'],
        agentType: 'sales',
        transferNumber: null,
      },
    ],
    {
      VOICE: 'kal',
      TRANSFER_NUMBER: '+12025550199',
      DEEPGRAM_API_KEY: 'deepgram-key',
      OPENROUTER_API_KEY: 'openrouter-key',
    },
  );

  expect(agentFor('+4930123456')).toMatchObject({
    name: 'any',
    voice: 'awb',
    stt: 'embedded',
    company: null,
  });
  expect(agentFor(SALES)).toMatchObject({
    name: 'sales',
    voice: 'kal',
    stt: 'deepgram',
    tts: 'embedded',
    llm: ['openrouter'],
    transferNumber: null,
  });
});

it('An agent keeps to areas of its own, and prefers models of its own', async () => {
  const env = {
    LLM_PROVIDER: 'bedrock',
    BEDROCK_REGIONS: 'us-east-1,eu-central-1',
    DATA_RESIDENCY: 'us',
    LLM_PREFERRED: 'claude-haiku-4-5',
  };
  const eu = { name: 'eu', numbers: [SALES], residency: ['eu'], preferred: ['claude-sonnet-5'] };
  const { agentFor } = await load([eu, { name: 'anywhere', residency: null, preferred: [] }], env);
  expect(configOf(loadConfig(env), agentFor(SALES))).toMatchObject({
    allowedAreas: ['eu'],
    preferredModels: ['claude-sonnet-5'],
  });
  expect(agentFor('')).toMatchObject({ residency: null, preferred: [] });
  const { agentFor: fallback } = await load([{ name: 'sales', numbers: [SALES] }], env);
  for (const number of [SALES, ''])
    expect(fallback(number)).toMatchObject({ residency: ['us'], preferred: ['claude-haiku-4-5'] });
});

it('An agent whose providers work outside its areas is refused, those of the settings among them', async () => {
  const env = {
    LLM_PROVIDER: 'openrouter',
    OPENROUTER_API_KEY: 'openrouter-key',
    DEEPGRAM_API_KEY: 'deepgram-key',
  };
  const failure: AgentsError = await load(
    [{ name: 'eu', residency: ['eu'], tts: 'deepgram', preferred: ['gpt-0'] }],
    env,
  ).catch(error => error);
  expect(Object.fromEntries(failure.problems.map(({ at, problem }) => [at, problem]))).toEqual({
    'agents[0].tts': expect.stringMatching(/^deepgram has to stay in eu, .* DEEPGRAM_AREA/),
    'agents[0].llm[0]': expect.stringMatching(/^openrouter has to stay in eu, .* OPENROUTER_AREA/),
    'agents[0].preferred': expect.stringMatching(/^write some of claude-haiku-4-5, /),
  });
  await expect(load([{ name: 'eu', residency: ['mars'] }])).rejects.toThrow(
    'agents[0].residency[0]: write one of us,',
  );
  await expect(load([{ name: 'eu', residency: [] }])).rejects.toThrow('write an area, or null for anywhere.');
});

it('A number that no agent has is answered as the settings say', async () => {
  const { agentFor } = await load([{ name: 'sales', numbers: [SALES] }]);

  expect(agentFor(SALES).name).toBe('sales');
  expect(agentFor('').name).toBe('default');
});

it('Everything that is wrong is told at once, with what to write instead', async () => {
  const failure: AgentsError = await load([
    { name: 'sales', numbers: [SALES, '555'], stt: 'deepgram', flow: 'nowhere', volume: 11 },
    { name: 'help', numbers: ['*'], llm: ['openrouter', 'abacus'], language: 'english!', industry: 'mining' },
  ]).catch(error => error);

  expect(failure).toBeInstanceOf(AgentsError);
  expect(Object.fromEntries(failure.problems.map(({ at, problem }) => [at, problem]))).toEqual({
    'agents[0]': 'there is no field volume: correct its name, or leave it out.',
    'agents[0].numbers[1]': 'write an E.164 number, as +15551234567, or * for any.',
    'agents[0].stt': 'set DEEPGRAM_API_KEY, which deepgram needs.',
    'agents[0].flow': expect.stringContaining('order-status'),
    'agents[1].llm[0]': 'set OPENROUTER_API_KEY, which openrouter needs.',
    'agents[1].llm[1]': expect.stringContaining('openrouter'),
    'agents[1].language': 'write a BCP-47 language tag, as en-US.',
    'agents[1].industry': 'write one of general, healthcare, financial.',
  });
});

it.each([
  ['{', 'file: write JSON'],
  [{}, 'file: write an array of agents.'],
  [[], 'file: write at least one agent'],
  [[{ name: 'a' }, { name: 'b' }], 'agents[1].numbers: leave * out; the agent a has it.'],
  [[{ name: 'a' }, { name: 'a', numbers: [SALES] }], 'agents[1].name: write another name'],
  [[{ name: 'default', numbers: [SALES] }], 'agents[0].name: write another name'],
  [[{ name: 'a', department: 'sales' }], "agents[0].company: write the department's company."],
])('%j is refused', async (content, problem) => {
  await expect(load(content)).rejects.toThrow(problem);
});

it('A file that is not there is named', async () => {
  await expect(loadAgents(loadConfig({ AYBIZA_AGENTS: '/no/agents.json' }))).rejects.toThrow(
    /\/no\/agents\.json[\s\S]*ENOENT/,
  );
});

it('Two agents of one server follow their own flows with their own voices, by the number that was called', async () => {
  const voices = new Map<string, string>();
  const agents = (providers: Providers): ServedAgents => {
    const synthesis = {
      ...providers.synthesis,
      open(options: Parameters<Providers['synthesis']['open']>[0]) {
        voices.set(options.callId, options.voice);
        return providers.synthesis.open(options);
      },
    };
    const common = { providers: { ...providers, synthesis }, language: 'en-US', transferNumber: null };
    const help = { ...common, name: 'help', voice: 'slt' };
    const sales = { ...common, name: 'sales', voice: 'kal' };
    const all = [
      { ...help, flows: oneFlow({ name: 'order-status', machine: orderStatus, version: '1' }) },
      { ...sales, flows: oneFlow({ name: 'disclosure', machine: disclosure, version: '2' }) },
    ] as const;
    return { all, agentFor: number => all[number === SALES ? 1 : 0] };
  };
  const server = await WireServer.start({ transport: 'ws', agents });
  try {
    const toSales = await WireCaller.place(server, { to: SALES });
    const toHelp = await WireCaller.place(server);
    await Promise.all([toSales.listened(), toHelp.listened()]);

    expect(toSales.call.start).toMatchObject({ agent: 'sales', flow: 'disclosure', flowVersion: '2' });
    expect(toHelp.call.start).toMatchObject({ agent: 'help', flow: 'order-status', flowVersion: '1' });
    expect(voices.get(toSales.call.start.callId)).toBe('kal');
    expect(voices.get(toHelp.call.start.callId)).toBe('slt');
    expect(toSales.call.record.turns()[0]?.agent.generated).toContain('This call is recorded.');
    expect(toHelp.call.record.turns()[0]?.agent.generated).not.toContain('This call is recorded.');
  } finally {
    await server.close();
  }
});

it('A call that comes back from its frozen form comes back to its agent', async () => {
  const before = new SimCall();
  await before.untilListening();
  const frozen = before.call.freeze();
  const entries = [...before.journal.entries, ...before.call.log.takePending()];
  const of = (agent: string) => ({ frozen: { ...frozen, start: { ...frozen.start, agent } }, entries });
  const voices: string[] = [];
  const host = (providers: Providers) => ({
    agents: new Map([['sales', { providers, flow: () => orderStatus, voice: 'kal', transferNumber: null }]]),
  });
  const voice = scriptedSynthesis(before.clock);
  const synthesis = {
    ...voice,
    open(options: Parameters<Providers['synthesis']['open']>[0]) {
      voices.push(options.voice);
      return voice.open(options);
    },
  };
  const providers = { synthesis, recognition: before.recognition, ...rest() };

  const after = new SimCall({ restore: of('sales'), host: host(providers) });
  expect(voices).toEqual(['kal']);
  expect(after.state).toBe('floor.onHold');
  expect(() => new SimCall({ restore: of('help'), host: host(providers) })).toThrow('There is no agent help');
});

function rest(): Pick<Providers, 'voiceActivity' | 'model' | 'tools'> {
  return { voiceActivity: scriptedVoiceActivity(), model: scriptedModel(() => says('Hello.')), tools: [] };
}
