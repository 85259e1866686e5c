import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { orderStatus } from '../../../../machines/flows/order-status.ts';
import type { Providers } from '../../../../runtime/call-host.ts';
import { systemClock as clock } from '../../../../runtime/clock.ts';
import { type Agent, defaultAgent } from '../../../../src/agents.ts';
import { loadConfig } from '../../../../src/config.ts';
import {
  type OpenAiCompatibleEmulator,
  startOpenAiCompatibleEmulator,
} from '../../../../src/emulators/openai-compatible/openai-compatible.ts';
import { oneFlow } from '../../../../src/flows/library.ts';
import { openResponseCache } from '../../../../src/language/cache/open.ts';
import type { ResponseCache } from '../../../../src/language/cache/response-cache.ts';
import { createLogger } from '../../../../src/log.ts';
import { type AgentProviders, openAgentProviders } from '../../../../src/providers/open.ts';
import type { ServedAgent } from '../../../../src/server.ts';
import { layRepairedEars } from '../../../harness/first-start.ts';
import { WireCaller } from '../../../harness/wire-caller.ts';
import { WireServer } from '../../../harness/wire-server.ts';

const KEY = 'or-installation-0123';
const API_KEY = 'a-key-of-a-test-0123456789';
const OTHER_NUMBER = '+12025550111';
const REDACTED_NUMBER = '+12025550112';
const QUESTION = 'do you have a car park.';
const ANSWER = 'There is a car park behind the shop. What is your order number?';

let dataDir: string;
let emulator: OpenAiCompatibleEmulator;
let responses: ResponseCache;
let providers: AgentProviders;
let server: WireServer;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'cache-'));
  await layRepairedEars(dataDir);
  emulator = await startOpenAiCompatibleEmulator({ apiKey: KEY, answer: () => ({ text: ANSWER }) });
  const config = loadConfig({
    AYBIZA_DATA_DIR: dataDir,
    LLM_PROVIDER: 'openrouter',
    OPENROUTER_API_KEY: KEY,
    OPENROUTER_URL: `${emulator.url}/api/v1`,
  });
  const plain = defaultAgent(config);
  const agents: Agent[] = [
    plain,
    { ...plain, name: 'other', numbers: [OTHER_NUMBER], company: 'other' },
    { ...plain, name: 'redacted', numbers: [REDACTED_NUMBER], redact: true },
  ];
  const log = createLogger({ level: 'silent', node: 'test', secrets: [] });
  responses = openResponseCache({
    config,
    clock,
    log,
    startOf: callId => server.running.host.get(callId).start,
    chartOf: () => orderStatus,
  }) as ResponseCache;
  providers = await openAgentProviders({ config, clock, log, random: () => 0, responses }, agents);
  server = await WireServer.start({
    transport: 'ws',
    env: { API_KEY },
    responses,
    agents: parts => {
      const all = agents.map(agent => served(agent, parts)) as [ServedAgent, ...ServedAgent[]];
      const at = [OTHER_NUMBER, REDACTED_NUMBER];
      return { all, agentFor: number => all[at.indexOf(number) + 1] as ServedAgent };
    },
    onCall: call => responses.watch(call),
  });
});

afterAll(async () => {
  await server?.close();
  await providers?.close();
  await responses?.close();
  await emulator?.close();
  await rm(dataDir, { recursive: true, force: true });
});

beforeEach(() => responses.forgetFlow('order-status'));

/** Scripted ears and voice, and the model that the agent was opened with. */
function served(agent: Agent, parts: Providers): ServedAgent {
  const { model } = providers.of.get(agent.name) as Providers;
  const { name, voice, language, transferNumber } = agent;
  const flows = oneFlow({ name: 'order-status', machine: orderStatus, version: 'test' });
  return { name, voice, language, transferNumber, flows, providers: { ...parts, model } };
}

const asked = () => emulator.requests.filter(({ path }) => path.endsWith('/chat/completions')).length;

async function oneQuestion(to = '+12025550100', before = async (_: WireCaller) => {}) {
  const caller = await WireCaller.place(server, { to });
  await caller.listened();
  await before(caller);
  await caller.converse(QUESTION);
  await caller.phone.hangUp();
  const [, turn] = (await caller.summary()).turns;
  return turn!;
}

it("the second caller's question is answered without the model, and the record says so", async () => {
  const first = await oneQuestion();
  const before = asked();
  expect(before).toBeGreaterThan(0);
  const second = await oneQuestion();

  expect(asked()).toBe(before);
  expect(second.agent.heard).toBe(ANSWER);
  expect(second.agent.heard).toBe(first.agent.heard);
  expect(second.explanations.join('\n')).toMatch(/^Answered from the cache: .+ no model is asked\.$/);
  expect(second.usage).toMatchObject([
    { provider: 'cache', model: first.usage[0]!.model, inputTokens: 0, outputTokens: 0, costUsd: 0 },
  ]);
  expect(second.usage[0]?.savedUsd).toBe(first.usage[0]!.costUsd);
  expect(second.notUnderstood).toBeUndefined();

  const { status, body } = await server.getJson('/api/cache', { authorization: `Bearer ${API_KEY}` });
  expect(status).toBe(200);
  expect(body).toMatchObject({ ttlS: 300, store: 'memory', prefetch: { sharePercent: 0 } });
  expect(body.agents[0]).toMatchObject({ agent: 'default', company: null, caches: true });
  expect(body.agents[0].hits).toBeGreaterThan(0);
  expect(body.agents[0].saved.costUsd).toBeGreaterThan(0);
  expect((await server.getJson('/api/cache')).status).toBe(401);
});

it('a whisper of a supervisor goes to the model', async () => {
  await oneQuestion();
  const before = asked();
  const whisper = async ({ call }: WireCaller) => {
    call.send({ type: 'supervisor.whispered', by: 'test', text: 'Offer a discount.', say: false });
  };
  const turn = await oneQuestion('+12025550100', whisper);
  expect(asked()).toBeGreaterThan(before);
  expect(turn.explanations.join('\n')).not.toContain('cache');
  expect(JSON.stringify(emulator.requests.at(-1)?.body)).toContain('Offer a discount.');
  expect(responses.report().agents[0]?.bypassed.supervisor).toBeGreaterThan(0);
});

it('callers of another company, or of a redacted agent, are answered by the model', async () => {
  await Promise.all([oneQuestion(), oneQuestion(REDACTED_NUMBER)]);
  const before = asked();
  const turns = await Promise.all([oneQuestion(OTHER_NUMBER), oneQuestion(REDACTED_NUMBER)]);
  expect(asked()).toBeGreaterThanOrEqual(before + 2);
  for (const { explanations } of turns) expect(explanations.join('\n')).toContain('Answered by');
  expect(responses.report().agents.slice(1)).toMatchObject([
    { agent: 'other', hits: 0 },
    { agent: 'redacted', caches: false, hits: 0 },
  ]);
});
