import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SimulatedClock } from '../../../../runtime/clock.ts';
import { ProviderError } from '../../../../runtime/provider-error.ts';
import {
  type OpenAiCompatibleEmulator,
  startOpenAiCompatibleEmulator,
} from '../../../../src/emulators/openai-compatible/openai-compatible.ts';
import {
  type OpenRouterChat,
  type OpenRouterOptions,
  openOpenRouterChat,
} from '../../../../src/providers/openai-compatible/openrouter.ts';
import { Secret } from '../../../../src/secret.ts';
import { ask, begin, CANARY_KEY, canary, orderTool, textOf } from './asking.ts';

let emulator: OpenAiCompatibleEmulator;
let opened: OpenRouterChat[] = [];

beforeEach(async () => {
  emulator = await startOpenAiCompatibleEmulator({
    apiKey: CANARY_KEY,
    managementKey: 'management',
    billsLateBy: 1,
  });
});

afterEach(async () => {
  for (const provider of opened) await provider.close();
  opened = [];
  await emulator.close();
});

function open(options: Partial<OpenRouterOptions> = {}): OpenRouterChat {
  const baseUrl = `${emulator.url}/api/v1`;
  const provider = openOpenRouterChat({ apiKey: canary, clock: new SimulatedClock(), baseUrl, ...options });
  opened.push(provider);
  return provider;
}

const lastBody = () => emulator.requests.at(-1)?.body as Record<string, unknown>;

async function mint(name: string): Promise<{ key: string; hash: string }> {
  const response = await fetch(`${emulator.url}/api/v1/keys`, {
    method: 'POST',
    headers: { authorization: 'Bearer management' },
    body: JSON.stringify({ name }),
  });
  const { key, data } = (await response.json()) as { key: string; data: { hash: string } };
  return { key, hash: data.hash };
}

it('asks for quick hosts that keep nothing, for the call, and not for Bedrock', async () => {
  await ask(open(), { callId: 'c'.repeat(300) });
  expect(lastBody()).toEqual({
    model: 'anthropic/claude-haiku-5.5',
    messages: [
      { role: 'system', content: 'You answer the phone.\n\nThe caller is known.' },
      { role: 'user', content: 'Where is my order?' },
    ],
    max_tokens: 200,
    reasoning: { enabled: false },
    provider: {
      sort: 'latency',
      preferred_max_latency: { p90: 1 },
      data_collection: 'deny',
      require_parameters: true,
      ignore: ['amazon-bedrock'],
    },
    session_id: 'c'.repeat(256),
    stream: true,
  });
});

it('takes fallback models, a price limit, an app and a payer', async () => {
  const { key } = await mint('acme');
  const provider = open({
    fallbackModels: ['openai/gpt-mini', 'anthropic/claude-haiku-5.5'],
    routing: { max_price: { prompt: 1 }, ignore: ['groq'] },
    app: { title: 'Our phone', url: 'https://example.com' },
    payerOf: async callId => (callId === 'call-1' ? { apiKey: new Secret(key), user: 'user-7' } : null),
  });
  emulator.answers.push({ model: 'openai/gpt-mini' });
  expect((await ask(provider)).at(-2)).toMatchObject({ type: 'usage', model: 'openai/gpt-mini' });
  expect(lastBody()).toMatchObject({
    models: ['anthropic/claude-haiku-5.5', 'openai/gpt-mini'],
    provider: { max_price: { prompt: 1 }, ignore: ['groq'], sort: 'latency' },
    user: 'user-7',
  });
  expect(emulator.requests.at(-1)?.headers).toMatchObject({
    'http-referer': 'https://example.com',
    'x-title': 'Our phone',
    authorization: '[secret]',
  });
});

it("charges the company's own key, and stops at the one that was switched off", async () => {
  const { key, hash } = await mint('acme');
  const provider = open({ payerOf: async () => ({ apiKey: new Secret(key), user: null }) });
  const usage = (await ask(provider)).find(event => event.type === 'usage')!.usage;
  const authorization = { authorization: 'Bearer management' };
  const url = `${emulator.url}/api/v1/keys/${hash}`;
  const { data } = (await (await fetch(url, { headers: authorization })).json()) as {
    data: { usage: number };
  };
  expect(data.usage).toBeCloseTo(usage.costUsd!, 10);

  await fetch(url, { method: 'PATCH', headers: authorization, body: '{"disabled":true}' });
  await expect(ask(provider)).rejects.toMatchObject({ fault: 'unauthorized' });
});

it('waits no longer for a key than for a first token, and hides what went wrong with it', async () => {
  const clock = new SimulatedClock();
  const failure = ask(open({ clock, payerOf: () => new Promise(() => {}) })).catch(error => error);
  await clock.advance(1_000);
  expect(await failure).toMatchObject({ fault: 'timeout' });

  const broken = open({ payerOf: () => Promise.reject(new Error(`no row for ${CANARY_KEY}`)) });
  const error = await ask(broken).catch(failed => failed);
  expect(error).toBeInstanceOf(ProviderError);
  expect(inspect(error, { depth: 20 })).not.toContain('canary');
  expect(emulator.requests).toEqual([]);
});

it.each([
  [{ style: 'none' }, null, undefined],
  [{ style: 'none' }, 'minimal', { effort: 'minimal' }],
  [{ style: 'none' }, 'off', { enabled: false }],
  [{ style: 'budget', tokens: 2_000 }, 'off', { max_tokens: 2_000 }],
  [{ style: 'adaptive', effort: 'high' }, 'off', { effort: 'high' }],
] as const)('asks for thinking %j (else %s) as %j', async (thinking, thinkingWhenNone, reasoning) => {
  await ask(open({ thinkingWhenNone }), { thinking });
  expect(lastBody().reasoning).toEqual(reasoning);
});

it('tells what was written to the cache beside what came from it, and a bill that has both in it', async () => {
  emulator.answers.push({ text: 'Yes.', cachedTokens: 2, cacheWriteTokens: 3 });
  const usage = (await ask(open())).find(event => event.type === 'usage')?.usage;
  expect(usage).toMatchObject({ cachedInputTokens: 2, cacheWriteInputTokens: 3 });
  // A dollar for a million tokens of the prompt, a tenth of it from the cache, a quarter more into it; five for the one word.
  expect(usage?.costUsd).toBeCloseTo(((usage?.inputTokens ?? 0) - 5 + 2 * 0.1 + 3 * 1.25 + 5) / 1e6, 12);
});

it('marks the stable part for the cache, and sends temperature when there is one', async () => {
  await ask(open(), { cache: true, temperature: 0.3 });
  expect(lastBody()).toMatchObject({
    temperature: 0.3,
    messages: [
      {
        role: 'system',
        content: [
          { type: 'text', text: 'You answer the phone.', cache_control: { type: 'ephemeral' } },
          { type: 'text', text: 'The caller is known.' },
        ],
      },
      {},
    ],
  });
});

it('gives signed reasoning back in the tool round that follows', async () => {
  emulator.answers.push({
    reasoning: { text: 'They want an order.', signature: 'c2lnbmVk' },
    toolCalls: [{ id: 'a', name: 'find_order', arguments: '{"order":"1"}' }],
  });
  const provider = open();
  const events = await ask(provider, { tools: [orderTool] });
  const reasoning = events.flatMap(event => (event.type === 'reasoning' ? [event.reasoning] : []));
  const toolCalls = events.flatMap(event => (event.type === 'toolCall' ? [event.call] : []));
  expect(reasoning).toEqual([{ text: 'They want an order.', signature: 'c2lnbmVk' }]);

  await ask(provider, {
    tools: [orderTool],
    messages: [
      { role: 'user', text: 'Where is my order?' },
      { role: 'assistant', text: '', toolCalls, reasoning },
      { role: 'tool', toolCallId: 'a', name: 'find_order', result: 'no such order', isError: true },
    ],
  });
  expect((lastBody().messages as unknown[]).slice(2)).toEqual([
    {
      role: 'assistant',
      content: null,
      tool_calls: [
        { id: 'a', type: 'function', function: { name: 'find_order', arguments: '{"order":"1"}' } },
      ],
      reasoning_details: [
        { type: 'reasoning.text', index: 0, text: 'They want an order.', signature: 'c2lnbmVk' },
      ],
    },
    { role: 'tool', tool_call_id: 'a', content: 'Error: no such order' },
  ]);
});

it('takes words that a moderator refused for an invalid request and repeats none of them', async () => {
  const metadata = { reasons: ['violence'], flagged_input: 'the words of the caller', provider_name: 'Any' };
  emulator.answers.push({ refuse: { status: 403, code: 403, message: 'the words of the caller', metadata } });
  const error = await ask(open()).catch(failure => failure);
  expect(error).toMatchObject({ fault: 'invalid' });
  expect(inspect(error, { depth: 20 })).not.toContain('the words');
});

it('learns later, once, what an aborted and a failed reply cost', async () => {
  const provider = open();
  emulator.nextFaults.push({ kind: 'stallAfter', afterEvents: 2 });
  const failAfter = { outputs: 1, code: 502, message: 'overloaded' };
  emulator.answers.push({ text: 'one two three' }, { text: 'four five', failAfter });
  const aborted = begin(provider, { callId: 'call-a' });
  expect((await aborted.next()).value).toEqual({ type: 'text', text: 'one' });
  await aborted.next();
  aborted.abort.abort();
  await aborted.next();
  await expect(ask(provider, { callId: 'call-b' })).rejects.toMatchObject({ fault: 'unavailable' });
  await ask(provider, { callId: 'call-whole' });
  await emulator.idle();

  // The bills are late by one question.
  expect(await provider.auditAborted()).toEqual([]);
  const [bills, again] = await Promise.all([provider.auditAborted(), provider.auditAborted()]);
  expect(bills).toMatchObject([
    { callId: 'call-a', model: 'anthropic/claude-haiku-5.5', usage: { outputTokens: 2 } },
    { callId: 'call-b', usage: { outputTokens: 1 } },
  ]);
  expect(bills.every(bill => bill.generationId.startsWith('gen-') && bill.usage.costUsd! > 0)).toBe(true);
  expect(again).toEqual([]);
});

it('keeps the question for a bill while the provider is down', async () => {
  const provider = open();
  emulator.nextFaults.push({ kind: 'stallAfter', afterEvents: 1 });
  const aborted = begin(provider);
  await aborted.next();
  aborted.abort.abort();
  await aborted.next();
  await emulator.idle();

  emulator.standingFault = { kind: 'serverError', path: '/api/v1/generation' };
  for (let n = 0; n < 25; n++) expect(await provider.auditAborted()).toEqual([]);
  emulator.standingFault = null;
  expect(await provider.auditAborted()).toEqual([]);
  expect(await provider.auditAborted()).toHaveLength(1);
});

it('sends a request again, once, over a new connection when the idle one was gone', async () => {
  const provider = open();
  await ask(provider);
  emulator.nextFaults.push({ kind: 'refuse' });
  expect(textOf(await ask(provider))).toBe('Hello there.');
  emulator.nextFaults.push({ kind: 'refuse' }, { kind: 'refuse' });
  await expect(ask(provider)).rejects.toMatchObject({ fault: 'unavailable' });
});
