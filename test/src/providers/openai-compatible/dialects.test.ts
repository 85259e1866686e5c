import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SimulatedClock } from '../../../../runtime/clock.ts';
import {
  type OpenAiCompatibleEmulator,
  startOpenAiCompatibleEmulator,
} from '../../../../src/emulators/openai-compatible/openai-compatible.ts';
import type { ChatProvider } from '../../../../src/language/chat.ts';
import {
  type AzureOpenAiOptions,
  openAzureOpenAiChat,
} from '../../../../src/providers/openai-compatible/azure-openai.ts';
import { openOpenAiCompatibleChat } from '../../../../src/providers/openai-compatible/openai-compatible.ts';
import { ToolCalls } from '../../../../src/providers/openai-compatible/tool-calls.ts';
import { ask, CANARY_KEY, canary, orderTool, textOf, weatherTool } from './asking.ts';

let emulator: OpenAiCompatibleEmulator;
let provider: ChatProvider | undefined;
const clock = new SimulatedClock();

beforeEach(async () => {
  emulator = await startOpenAiCompatibleEmulator({ apiKey: CANARY_KEY, deployments: ['mini-eu'] });
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await provider?.close();
  await emulator.close();
});

function openAzure(options: Partial<AzureOpenAiOptions> = {}): ChatProvider {
  const deployments = { 'gpt-mini': 'mini-eu' };
  provider = openAzureOpenAiChat({
    apiKey: canary,
    clock,
    endpoint: `${emulator.url}/`,
    deployments,
    ...options,
  });
  return provider;
}

it("asks Azure's deployment of a model, with its version and its own header", async () => {
  await ask(openAzure({ userOf: () => 'user-7' }), {
    model: 'gpt-mini',
    thinking: { style: 'adaptive', effort: 'low' },
    cache: true,
    tools: [orderTool],
  });
  const [request] = emulator.requests;
  expect(request).toMatchObject({
    path: '/openai/deployments/mini-eu/chat/completions',
    headers: { 'api-key': '[secret]' },
  });
  expect(request?.query.get('api-version')).toBe('2024-10-21');
  expect(request?.headers).not.toHaveProperty('authorization');
  expect(request?.body).toEqual({
    model: 'mini-eu',
    messages: [
      { role: 'system', content: 'You answer the phone.\n\nThe caller is known.' },
      { role: 'user', content: 'Where is my order?' },
    ],
    tools: [
      {
        type: 'function',
        function: { name: 'find_order', description: 'Finds an order.', parameters: orderTool.inputSchema },
      },
    ],
    max_completion_tokens: 200,
    reasoning_effort: 'low',
    stream_options: { include_usage: true },
    user: 'user-7',
    stream: true,
  });
});

it('goes to the next model when Azure has no such deployment, and names the region', async () => {
  await expect(ask(openAzure(), { model: 'gpt-maxi', region: 'westeurope' })).rejects.toMatchObject({
    fault: 'notReady',
    region: 'westeurope',
    message: 'azure-openai in westeurope: answered 404 (DeploymentNotFound)',
  });
});

it("takes Azure's wait in milliseconds", async () => {
  emulator.nextFaults.push({ kind: 'throttle', ms: 1_250 });
  await expect(ask(openAzure(), { model: 'gpt-mini' })).rejects.toMatchObject({ retryAfterMs: 1_250 });
});

it('asks any other server in the words it knows', async () => {
  provider = openOpenAiCompatibleChat({
    name: 'our-server',
    apiKey: canary,
    clock,
    baseUrl: `${emulator.url}/v1`,
    askForUsage: false,
  });
  const events = await ask(provider, { temperature: 0 });
  expect(events.at(-1)).toEqual({ type: 'stop', reason: 'complete' });
  expect(events.some(event => event.type === 'usage')).toBe(false);
  expect(emulator.requests[0]).toMatchObject({ path: '/v1/chat/completions' });
  expect(Object.keys(emulator.requests[0]?.body as object).sort()).toEqual([
    'max_tokens',
    'messages',
    'model',
    'stream',
    'temperature',
  ]);
});

it.each([
  [{ style: 'budget', tokens: 1_024 }, 'low'],
  [{ style: 'budget', tokens: 8_000 }, 'medium'],
  [{ style: 'budget', tokens: 20_000 }, 'high'],
  [{ style: 'none' }, 'minimal'],
] as const)('turns thinking %j into the effort %s', async (thinking, effort) => {
  provider = openOpenAiCompatibleChat({
    apiKey: canary,
    clock,
    baseUrl: `${emulator.url}/v1`,
    effortWhenNotThinking: 'minimal',
  });
  await ask(provider, { thinking });
  expect(emulator.requests[0]?.body).toMatchObject({ reasoning_effort: effort });
});

it('takes nothing for these providers from the environment of another', async () => {
  vi.stubEnv('OPENAI_BASE_URL', 'http://127.0.0.1:1/elsewhere');
  vi.stubEnv('OPENAI_ORG_ID', 'org-of-somebody');
  vi.stubEnv('OPENAI_PROJECT_ID', 'project-of-somebody');
  vi.stubEnv('OPENAI_ADMIN_KEY', 'sk-admin-of-somebody');
  vi.stubEnv('OPENAI_LOG', 'debug');
  const printed = vi.spyOn(console, 'debug').mockImplementation(() => {});
  expect(textOf(await ask(openAzure(), { model: 'gpt-mini' }))).toBe('Hello there.');
  expect(printed).not.toHaveBeenCalled();
  expect(JSON.stringify(emulator.requests[0]?.headers)).not.toContain('somebody');
});

it('keeps words of many bytes whole wherever the network cuts them', async () => {
  const text = 'Grüß Gott — 你好, señor 😀 [DONE] data: [DONE]';
  emulator.answers.push({ text });
  provider = openOpenAiCompatibleChat({ apiKey: canary, clock, baseUrl: `${emulator.url}/v1` });
  expect(textOf(await ask(provider))).toBe(text);
});

it('tells tool calls apart where a server leaves out their index, or uses one twice', () => {
  const pieces = (id: string | null, name: string | null, json: string, index?: number) => ({
    id,
    function: { name, arguments: json },
    ...(index !== undefined && { index }),
  });
  const withoutIndex = new ToolCalls([orderTool, weatherTool]);
  withoutIndex.add(pieces('a', 'find_order', '{"order"'));
  withoutIndex.add(pieces(null, null, ':"1"}'));
  withoutIndex.add(pieces('b', 'tell_weather', '{}'));
  expect(withoutIndex.finish().map(call => [call.id, call.input])).toEqual([
    ['a', { order: '1' }],
    ['b', {}],
  ]);

  const sameIndex = new ToolCalls([orderTool, weatherTool]);
  sameIndex.add(pieces('a', 'find_order', '{"order":"1"}', 0));
  sameIndex.add(pieces('b', 'tell_weather', '{}', 0));
  expect(sameIndex.finish().map(call => call.name)).toEqual(['find_order', 'tell_weather']);
});
