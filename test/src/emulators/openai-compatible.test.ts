import OpenAI, { AzureOpenAI } from 'openai';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type OpenAiCompatibleEmulator,
  startOpenAiCompatibleEmulator,
} from '../../../src/emulators/openai-compatible/openai-compatible.ts';

let emulator: OpenAiCompatibleEmulator;

beforeEach(async () => {
  emulator = await startOpenAiCompatibleEmulator({ apiKey: 'key', managementKey: 'management' });
});

afterEach(() => emulator.close());

const paths = {
  openrouter: '/api/v1/chat/completions',
  azure: '/openai/deployments/mini/chat/completions?api-version=2024-10-21',
  openai: '/v1/chat/completions',
};
const chat = { model: 'm', stream: true, messages: [{ role: 'user', content: 'hello' }] };

function post(path: string, body: unknown, headers: Record<string, string> = {}) {
  const authorization = { authorization: 'Bearer key', 'api-key': 'key' };
  return fetch(`${emulator.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorization, ...headers },
    body: JSON.stringify(body),
  });
}

const eventsOf = (wire: string) =>
  wire
    .split('\n\n')
    .filter(part => part.startsWith('data: {'))
    .map(part => JSON.parse(part.slice('data: '.length)));

describe("OpenRouter's stream", () => {
  it('begins with comments, and ends with usage and its cost, then [DONE]', async () => {
    emulator.answers.push({ text: 'Hi there.', keepAlives: 2 });
    const response = await post(paths.openrouter, chat);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const wire = await response.text();
    expect(wire.startsWith(': OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\ndata: {')).toBe(true);
    expect(wire.endsWith('data: [DONE]\n\n')).toBe(true);

    const events = eventsOf(wire);
    expect(new Set(events.map(event => event.id)).size).toBe(1);
    expect(events[0]).toMatchObject({ id: expect.stringMatching(/^gen-/), provider: 'Anthropic' });
    expect(events.at(-2).choices[0].finish_reason).toBe('stop');
    expect(events.at(-1).usage).toMatchObject({
      completion_tokens: 2,
      cost: expect.any(Number),
      is_byok: false,
    });
  });

  it('tells an error in the middle beside the finish reason, under status 200, and ends', async () => {
    emulator.answers.push({ text: 'a b c', failAfter: { outputs: 1, code: 502, message: 'overloaded' } });
    const response = await post(paths.openrouter, chat);
    expect(response.status).toBe(200);
    const wire = await response.text();
    expect(wire).not.toContain('[DONE]');
    expect(eventsOf(wire).at(-1)).toMatchObject({
      error: { code: 502, message: 'overloaded' },
      choices: [{ finish_reason: 'error' }],
    });
  });
});

describe("OpenAI's and Azure's streams", () => {
  it('tell usage when they are asked to, in a last chunk without choices', async () => {
    const without = eventsOf(await (await post(paths.openai, chat)).text());
    expect(without.some(event => event.usage)).toBe(false);
    const asked = { ...chat, stream_options: { include_usage: true } };
    const events = eventsOf(await (await post(paths.openai, asked)).text());
    expect(events.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 2 } });
    expect(events.at(-1).usage).not.toHaveProperty('cost');
  });

  it("begin, at Azure, with what its filter thought, and without a reply's id", async () => {
    const [first, second] = eventsOf(await (await post(paths.azure, chat)).text());
    expect(first).toMatchObject({ id: '', choices: [], prompt_filter_results: [{ prompt_index: 0 }] });
    expect(second.choices[0].delta).toEqual({ role: 'assistant', content: '' });
  });

  it('refuse what only OpenRouter knows', async () => {
    for (const path of [paths.openai, paths.azure]) {
      const response = await post(path, { ...chat, provider: { sort: 'latency' } });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({
        error: { message: expect.stringContaining('provider') },
      });
    }
  });
});

it("reads each one's own header and refuses in its own words", async () => {
  const wrong = { authorization: 'Bearer wrong', 'api-key': 'wrong' };
  const codes = [];
  for (const path of Object.values(paths)) {
    const response = await post(path, chat, wrong);
    expect(response.status).toBe(401);
    codes.push(((await response.json()) as { error: { code: unknown } }).error.code);
  }
  expect(codes).toEqual([401, '401', 'invalid_api_key']);
  expect((await post(paths.azure, chat, { 'api-key': '' })).status).toBe(401);
  expect((await post('/openai/deployments/mini/chat/completions', chat)).status).toBe(404);
});

it('refuses a tool message that answers no call', async () => {
  const messages = [...chat.messages, { role: 'tool', tool_call_id: 'a', content: 'found' }];
  expect((await post(paths.openai, { ...chat, messages })).status).toBe(400);
});

it("serves the real SDK's clients", async () => {
  const options = { apiKey: 'key', maxRetries: 0 };
  const clients = [
    new OpenAI({ ...options, baseURL: `${emulator.url}/api/v1` }),
    new OpenAI({ ...options, baseURL: `${emulator.url}/v1` }),
    new AzureOpenAI({ ...options, endpoint: emulator.url, apiVersion: '2024-10-21' }),
  ];
  for (const client of clients) {
    const words: string[] = [];
    const stream = await client.chat.completions.create({ ...chat, stream: true } as never);
    for await (const chunk of stream as unknown as AsyncIterable<OpenAI.ChatCompletionChunk>)
      words.push(chunk.choices[0]?.delta.content ?? '');
    expect(words.join('')).toBe('Hello there.');
  }
  emulator.nextFaults.push({ kind: 'throttle', ms: 2_000 });
  await expect(clients[0]!.chat.completions.create({ ...chat, stream: true } as never)).rejects.toThrow(
    OpenAI.RateLimitError,
  );
});

it('knows that a client has gone, and bills what it had', async () => {
  emulator.nextFaults.push({ kind: 'stallAfter', afterEvents: 1 });
  emulator.answers.push({ text: 'one two three' });
  const leaving = new AbortController();
  const response = await fetch(`${emulator.url}${paths.openrouter}`, {
    method: 'POST',
    headers: { authorization: 'Bearer key' },
    body: JSON.stringify(chat),
    signal: leaving.signal,
  });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let wire = '';
  while (!wire.includes('one')) wire += (await reader.read()).value ?? '';
  leaving.abort();
  await emulator.idle();

  const { id } = eventsOf(wire)[0];
  const bill = await fetch(`${emulator.url}/api/v1/generation?id=${id}`, {
    headers: { authorization: 'Bearer key' },
  });
  expect(await bill.json()).toMatchObject({ data: { id, cancelled: true, native_tokens_completion: 1 } });
});

describe('the Management API', () => {
  const manage = (method: string, path = '', body?: unknown, key = 'management') =>
    fetch(`${emulator.url}/api/v1/keys${path}`, {
      method,
      headers: { authorization: `Bearer ${key}` },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });

  it('tells a key once, counts what it spends, and stops it at its limit, when off, and when deleted', async () => {
    const minted = await manage('POST', '', { name: 'acme', limit: 1e-6, limit_reset: 'monthly' });
    expect(minted.status).toBe(201);
    const { key, data } = (await minted.json()) as { key: string; data: { hash: string } };
    const asCompany = { authorization: `Bearer ${key}` };
    expect(JSON.stringify(data)).not.toContain(key);

    await (await post(paths.openrouter, chat, asCompany)).text();
    const read = (await (await manage('GET', `/${data.hash}`)).json()) as { data: { usage_monthly: number } };
    expect(read.data.usage_monthly).toBeGreaterThan(1e-6);
    expect((await post(paths.openrouter, chat, asCompany)).status).toBe(402);

    await manage('PATCH', `/${data.hash}`, { limit: null, disabled: true });
    expect((await post(paths.openrouter, chat, asCompany)).status).toBe(401);
    expect(await (await manage('DELETE', `/${data.hash}`)).json()).toEqual({ deleted: true });
    expect((await manage('GET', `/${data.hash}`)).status).toBe(404);
  });

  it('is closed to other keys, and its key to completions', async () => {
    expect((await manage('GET', '', undefined, 'key')).status).toBe(401);
    expect((await post(paths.openrouter, chat, { authorization: 'Bearer management' })).status).toBe(401);
    expect((await manage('POST', '', {})).status).toBe(400);
  });
});
