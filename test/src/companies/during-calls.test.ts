import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { orderStatus } from '../../../machines/flows/order-status.ts';
import type { Providers } from '../../../runtime/call-host.ts';
import { SimulatedClock, systemClock } from '../../../runtime/clock.ts';
import { type Agent, defaultAgent } from '../../../src/agents.ts';
import { saveCompany } from '../../../src/companies/company-directory.ts';
import { limitedModel } from '../../../src/companies/limited-model.ts';
import { mintCompanyKey } from '../../../src/companies/mint-company-key.ts';
import { type CompanyAccounts, openCompanyAccounts } from '../../../src/companies/open.ts';
import {
  type OpenRouterManagement,
  openOpenRouterManagement,
} from '../../../src/companies/openrouter-management.ts';
import { saveLimit } from '../../../src/companies/usage-limits.ts';
import { loadConfig } from '../../../src/config.ts';
import {
  type OpenAiCompatibleEmulator,
  startOpenAiCompatibleEmulator,
} from '../../../src/emulators/openai-compatible/openai-compatible.ts';
import { oneFlow } from '../../../src/flows/library.ts';
import { createLogger } from '../../../src/log.ts';
import { type AgentProviders, openAgentProviders } from '../../../src/providers/open.ts';
import { Secret } from '../../../src/secret.ts';
import type { ServedAgent } from '../../../src/server.ts';
import type { Database } from '../../../src/storage/database.ts';
import { layRepairedEars } from '../../harness/first-start.ts';
import { openAiBrain } from '../../harness/scripted-brain.ts';
import { says, scriptedModel } from '../../harness/scripted-providers.ts';
import { callStart } from '../../harness/sim-call.ts';
import { WireCaller } from '../../harness/wire-caller.ts';
import { WireServer } from '../../harness/wire-server.ts';
import { modelRequest } from '../language/requests.ts';
import { keptLog } from '../storage/watched-jobs.ts';
import { dump, openRecords, recordBackends } from './records.ts';

const OURS = 'or-installation-planted';
const MANAGEMENT_KEY = 'or-management-planted';
const COMPANY_NUMBER = '+12025550111';
const CALLER = '+12025550123';
const masterKey = randomBytes(32).toString('base64');
const [pglite] = recordBackends;
const always = { from: 0, to: 4e12 };

let dataDir: string;
let database: Database;
let remove: () => Promise<void>;
let emulator: OpenAiCompatibleEmulator;
let management: OpenRouterManagement;
let accounts: CompanyAccounts;
let providers: AgentProviders;
let server: WireServer;
let log: ReturnType<typeof keptLog>;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'companies-'));
  await layRepairedEars(dataDir);
  ({ database, remove } = await openRecords(pglite!));
});
afterAll(async () => {
  await remove?.();
  await rm(dataDir, { recursive: true, force: true });
});

beforeEach(async () => {
  for (const table of ['model_usage', 'usage_days', 'usage_limits', 'usage_alerts', 'company_keys'])
    await database.query(`delete from aybiza.${table}`);
  await saveCompany(database, { companyId: 'acme', name: 'Acme' });
  log = keptLog();
});

/** Scripted ears and voice, and the model that the agent was opened with. */
function served(agent: Agent, parts: Providers): ServedAgent {
  const { model } = providers.of.get(agent.name) as Providers;
  const { name, voice, language, transferNumber } = agent;
  const flows = oneFlow({ name: 'order-status', machine: orderStatus, version: 'test' });
  return { name, voice, language, transferNumber, flows, providers: { ...parts, model } };
}

const chats = () => emulator.requests.filter(({ path }) => path.endsWith('/chat/completions'));

/** Two turns that a model is asked about. */
async function twoTurns(to: string): Promise<WireCaller> {
  const caller = await WireCaller.place(server, { to, from: CALLER });
  await caller.listened();
  await caller.converseByKeys('1024#');
  await caller.converse('no.');
  await caller.phone.hangUp();
  await caller.summary();
  return caller;
}

const explained = async (caller: WireCaller) =>
  (await caller.summary()).turns.flatMap(turn => turn.explanations).join('\n');

describe('in calls that a server answers', () => {
  beforeEach(async () => {
    emulator = await startOpenAiCompatibleEmulator({
      apiKey: OURS,
      managementKey: MANAGEMENT_KEY,
      answer: openAiBrain(false),
    });
    const config = loadConfig({
      AYBIZA_DATA_DIR: dataDir,
      LLM_PROVIDER: 'openrouter',
      OPENROUTER_API_KEY: OURS,
      OPENROUTER_URL: `${emulator.url}/api/v1`,
      COMPANY_MASTER_KEY: masterKey,
    });
    const agents: Agent[] = [
      defaultAgent(config),
      {
        ...defaultAgent(config),
        name: 'acme',
        numbers: [COMPANY_NUMBER],
        company: 'acme',
        department: 'help',
      },
    ];
    const clock = systemClock;
    accounts = openCompanyAccounts({
      config,
      masterKey: new Secret(masterKey),
      agents,
      database,
      clock,
      log,
      startOf: callId => server.running.host.get(callId).start,
    });
    management = openOpenRouterManagement({
      managementKey: new Secret(MANAGEMENT_KEY),
      clock,
      baseUrl: `${emulator.url}/api/v1`,
    });
    const quiet = createLogger({ level: 'silent', node: 'test', secrets: [] });
    providers = await openAgentProviders(
      { config, clock, log: quiet, random: () => 0, companies: accounts },
      agents,
    );
    server = await WireServer.start({
      transport: 'ws',
      agents: parts => {
        const [plain, company] = agents.map(agent => served(agent, parts)) as [ServedAgent, ServedAgent];
        return { all: [plain, company], agentFor: number => (number === COMPANY_NUMBER ? company : plain) };
      },
      onCall: call => accounts.watch(call),
    });
  });

  afterEach(async () => {
    await server?.close();
    await providers?.close();
    await accounts?.close();
    management?.close();
    await emulator?.close();
  });

  it("A company's call is paid with its own key, any other with the installation's", async () => {
    const minted = { companyId: 'acme', limitUsd: 5, reset: null };
    const { hash } = await mintCompanyKey({ keys: accounts.keys, management }, minted);

    await twoTurns('+12025550100');
    expect(chats().length).toBeGreaterThan(0);
    expect((await management.read(hash))?.usageUsd).toBe(0);

    const caller = await twoTurns(COMPANY_NUMBER);
    await accounts.settled();
    const [sum] = await accounts.ledger.sums('acme', { by: 'company', ...always });
    expect(sum?.costUsd).toBeGreaterThan(0);
    expect((await management.read(hash))?.usageUsd).toBeCloseTo(sum?.costUsd ?? 0, 9);
    expect(await explained(caller)).toMatch(/Answered by \S+ on openrouter/);
  });

  it('What a call used is kept by department, user and conversation, and names no number', async () => {
    const caller = await twoTurns(COMPANY_NUMBER);
    const again = await twoTurns(COMPANY_NUMBER);
    await twoTurns('+12025550100');
    await accounts.settled();

    const used = async (by: 'department' | 'user' | 'conversation' | 'provider') =>
      (await accounts.ledger.sums('acme', { by, ...always })).map(({ name }) => name);
    expect(await used('department')).toEqual(['help']);
    expect(await used('provider')).toEqual(['openrouter']);
    expect((await used('conversation')).sort()).toEqual(
      [caller, again].map(({ call }) => call.start.callId).sort(),
    );
    const users = await used('user');
    expect(users).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)]);
    expect(await dump(database)).not.toContain(CALLER.slice(1));
    const sent = chats().map(({ body }) => (body as { user?: string }).user);
    // The company brought no key of its own, so nobody is named to the provider.
    expect(new Set(sent)).toEqual(new Set([undefined]));

    const turns = (await caller.summary()).turns.concat((await again.summary()).turns);
    const [sum] = await accounts.ledger.sums('acme', { by: 'company', ...always });
    expect(sum?.requests).toBe(turns.flatMap(turn => turn.usage).length);
  });

  it('When the limit is reached the flow answers, the record says why, and people are warned', async () => {
    const limit = { scope: 'company', subject: '*', period: 'total', warnFraction: 0.8 } as const;
    await saveLimit(database, 'acme', { ...limit, limitUsd: 1e-6 });

    // The first answer reaches it, the next is refused.
    const caller = await twoTurns(COMPANY_NUMBER);
    await accounts.settled();
    expect(await explained(caller)).toContain("the company's limit is used up (company, total)");
    expect(log.lines.join('\n')).toMatch(/warn: The company acme has reached its limit \(company, total\)/);

    const before = chats().length;
    const refused = await twoTurns(COMPANY_NUMBER);
    expect(chats()).toHaveLength(before);
    expect((await refused.summary()).turns.flatMap(turn => turn.usage)).toEqual([]);
  });
});

it('Replies that were broken off, or asked ahead, are put on the account of their call', async () => {
  const clock = new SimulatedClock();
  const late = openCompanyAccounts({
    config: loadConfig({}),
    masterKey: new Secret(masterKey),
    agents: [{ name: 'acme', company: 'acme', department: null }],
    database,
    clock,
    log,
    startOf: callId => callStart({ callId, agent: 'acme' }),
  });
  const usage = { inputTokens: 10, outputTokens: 2, cachedInputTokens: 0, costUsd: 0.5 };
  const bill = { callId: 'call-1', generationId: 'gen-1', model: 'any', usage };
  late.audit({ auditAborted: async () => [bill, { ...bill, callId: 'of nobody', generationId: 'gen-2' }] });
  await late.payerOf('call-1');

  await clock.advance(30_000);
  await late.settled();
  expect(await late.ledger.sums('acme', { by: 'call', from: -1, to: 4e12 })).toMatchObject([
    { name: 'call-1', costUsd: 0.5 },
  ]);

  // As what was asked ahead of the call's own questions; of calls without a company nobody pays.
  const ahead = {
    provider: 'any',
    model: 'any',
    inputTokens: 5,
    outputTokens: 1,
    cachedTokens: 0,
    costUsd: 0.25,
  };
  late.spend('call-1', { ...ahead, requestId: 'ahead-1' });
  late.spend('of nobody', { ...ahead, requestId: 'ahead-2' });
  await late.settled();
  expect(await late.ledger.sums('acme', { by: 'company', from: -1, to: 4e12 })).toMatchObject([
    { requests: 2, costUsd: 0.75 },
  ]);
  await late.close();
  expect(clock.pending).toBe(0);
});

it.each([
  ['fails', () => Promise.reject(new Error('the database is gone'))],
  ['never ends', () => new Promise<never>(() => {})],
])('A check that %s lets the model answer, and is logged', async (_, check) => {
  const clock = new SimulatedClock();
  const model = limitedModel({
    model: scriptedModel(() => says('The model.')),
    flow: scriptedModel(() => says('The flow.')),
    clock,
    log,
    check,
  });
  const events = model.reply(modelRequest({ said: 'hello' }), new AbortController().signal);
  const first = events[Symbol.asyncIterator]().next();
  await clock.advance(500);

  expect(await first).toMatchObject({ value: { type: 'text', text: 'The model.' } });
  expect(log.lines.join('\n')).toContain('warn: Limits could not be checked');
  expect(clock.pending).toBe(0);
});
