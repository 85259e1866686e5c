import { expect, it, vi } from 'vitest';
import { SimulatedClock } from '../../../../runtime/clock.ts';
import type { ChatMessage, ChatRequest } from '../../../../src/language/chat.ts';
import { openBedrockChat } from '../../../../src/providers/bedrock/open.ts';
import { Secret } from '../../../../src/secret.ts';
import { collect, orderLookup, request, SONNET, start } from './under-test.ts';

it('streams words as they come and ends with usage and stop', async () => {
  await using test = await start();
  test.emulator.nextReplies.push({
    parts: [{ text: ['Your order', ' is on', ' its way.'] }],
    usage: { inputTokens: 40, outputTokens: 9, cacheReadInputTokens: 4_100, cacheWriteInputTokens: 12 },
  });
  const { events, error } = await collect(test.chat, request());

  expect(error).toBeNull();
  expect(events).toEqual([
    { type: 'text', text: 'Your order' },
    { type: 'text', text: ' is on' },
    { type: 'text', text: ' its way.' },
    {
      type: 'usage',
      usage: {
        inputTokens: 4_152,
        outputTokens: 9,
        cachedInputTokens: 4_100,
        cacheWriteInputTokens: 12,
        costUsd: null,
      },
      model: null,
    },
    { type: 'stop', reason: 'complete' },
  ]);
  expect(test.emulator.requests[0]).toMatchObject({
    method: 'POST',
    path: '/model/us.anthropic.claude-haiku-4-5-20251001-v1%3A0/converse-stream',
    headers: { authorization: '[secret]' },
    body: {
      messages: [{ role: 'user', content: [{ text: 'Hello?' }] }],
      system: [{ text: 'You are on the phone.' }, { text: 'The caller is new.' }],
      inferenceConfig: { maxTokens: 300, temperature: 0.3 },
      requestMetadata: { callId: 'CA1' },
    },
  });
});

it('opens no new connection in twenty turns after it was warmed', async () => {
  await using test = await start();
  await test.chat.prewarm();
  expect(test.emulator.connections).toBe(1);

  for (let turn = 0; turn < 20; turn++) {
    const { events } = await collect(test.chat, request());
    expect(events.at(-1)).toEqual({ type: 'stop', reason: 'complete' });
  }
  expect(test.emulator.requests).toHaveLength(21);
  expect(test.emulator.connections).toBe(1);
});

it('sends a request again when the kept connection turns out to be dead, and only then', async () => {
  await using test = await start();
  test.emulator.nextFaults.push({ kind: 'refuse' });
  expect((await collect(test.chat, request())).error).toMatchObject({ fault: 'unavailable' });
  expect(test.emulator.requests).toHaveLength(1);

  await collect(test.chat, request());
  test.emulator.nextFaults.push({ kind: 'refuse' });
  expect((await collect(test.chat, request())).events.at(-1)).toEqual({ type: 'stop', reason: 'complete' });
  expect(test.emulator.requests).toHaveLength(4);
  expect(test.emulator.connections).toBe(3);
});

it('goes where AWS_ENDPOINT_URL_BEDROCK_RUNTIME says, with the key of AWS_BEARER_TOKEN_BEDROCK', async () => {
  await using test = await start({}, { apiKey: new Secret('right-key') });
  vi.stubEnv('AWS_ENDPOINT_URL_BEDROCK_RUNTIME', test.emulator.url);
  vi.stubEnv('AWS_BEARER_TOKEN_BEDROCK', 'right-key');
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  const chat = openBedrockChat();
  try {
    expect(await collect(chat, request())).toMatchObject({ error: null });
    expect(test.emulator.requests).toHaveLength(1);
  } finally {
    await chat.close();
    vi.unstubAllEnvs();
  }
});

it('signs for the region that is asked, and uses an API key where one is given', async () => {
  await using test = await start({ apiKey: new Secret('right-key') }, { apiKey: new Secret('right-key') });
  expect((await collect(test.chat, request({ region: 'us-east-1' }))).error).toBeNull();

  await using signing = await start({}, { apiKey: new Secret('right-key') });
  const { error } = await collect(signing.chat, request({ region: 'us-east-1' }));
  expect(error).toMatchObject({ fault: 'unauthorized', region: 'us-east-1' });
});

it('puts a cache point after the stable part when asked', async () => {
  await using test = await start();
  await collect(test.chat, request({ cache: true }));
  expect(test.emulator.requests[0]?.body).toMatchObject({
    system: [
      { text: 'You are on the phone.' },
      { cachePoint: { type: 'default' } },
      { text: 'The caller is new.' },
    ],
  });
});

it('tells what a call writes to the cache, reads from it, and has to write again after five quiet minutes', async () => {
  const clock = new SimulatedClock();
  await using test = await start({}, { clock });
  const stable = 'Mind the manners of the house. '.repeat(700);
  const turn = async (over: Partial<ChatRequest> = {}) => {
    const asked = request({ system: { stable, changing: 'The caller is new.' }, cache: true, ...over });
    const { events } = await collect(test.chat, asked);
    const told = events.find(event => event.type === 'usage');
    return [told?.usage.inputTokens, told?.usage.cachedInputTokens, told?.usage.cacheWriteInputTokens];
  };
  const [input, read, written = 0] = await turn();
  expect([input, read]).toEqual([expect.any(Number), 0]);
  expect(written).toBeGreaterThan(4_096);
  expect(await turn()).toEqual([input, written, 0]);
  expect(await turn({ cache: false })).toEqual([input, 0, 0]);
  expect(await turn({ system: { stable: 'Too short to be cached.', changing: '' } })).toMatchObject({
    1: 0,
    2: 0,
  });
  await clock.advance(5 * 60_000);
  expect(await turn()).toEqual([input, 0, written]);
});

it('tells tool calls whole, and sends results and signed reasoning back in the tool round', async () => {
  await using test = await start();
  test.emulator.nextReplies.push({
    parts: [
      { reasoning: 'They ask about order 42.', signature: 'c2lnbmVk' },
      { redacted: 'cmVkYWN0ZWQ=' },
      { text: 'One moment.' },
      { tool: 'order_lookup', id: 'tooluse_1', input: { number: '42 "x" é', nested: { a: [1, null] } } },
      { tool: 'order_lookup', id: 'tooluse_2', input: {} },
    ],
  });
  const thinking = { style: 'budget', tokens: 2_000 } as const;
  const asked = request({ tools: [orderLookup], thinking, maxTokens: 4_000 });
  const { events, text } = await collect(test.chat, asked);

  const first = {
    id: 'tooluse_1',
    name: 'order_lookup',
    input: { number: '42 "x" é', nested: { a: [1, null] } },
  };
  const second = { id: 'tooluse_2', name: 'order_lookup', input: {} };
  const reasoning = [
    { text: 'They ask about order 42.', signature: 'c2lnbmVk' },
    { redacted: 'cmVkYWN0ZWQ=' },
  ];
  expect(events.filter(event => event.type !== 'text' && event.type !== 'usage')).toEqual([
    { type: 'reasoning', reasoning: reasoning[0] },
    { type: 'reasoning', reasoning: reasoning[1] },
    { type: 'toolCall', call: first },
    { type: 'toolCall', call: second },
    { type: 'stop', reason: 'toolCalls' },
  ]);

  const messages: ChatMessage[] = [
    ...asked.messages,
    { role: 'assistant', text, toolCalls: [first, second], reasoning },
    { role: 'tool', toolCallId: 'tooluse_2', name: 'order_lookup', result: '', isError: true },
    {
      role: 'tool',
      toolCallId: 'tooluse_1',
      name: 'order_lookup',
      result: '{"eta":"today"}',
      isError: false,
    },
  ];
  const answer = await collect(test.chat, { ...asked, messages });
  expect(answer.error).toBeNull();
  expect(test.emulator.requests[1]?.body).toMatchObject({
    additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 2_000 } },
    inferenceConfig: { maxTokens: 4_000 },
    toolConfig: {
      tools: [{ toolSpec: { name: 'order_lookup', inputSchema: { json: orderLookup.inputSchema } } }],
    },
    messages: [
      { role: 'user' },
      {
        role: 'assistant',
        content: [
          { reasoningContent: { reasoningText: reasoning[0] } },
          { reasoningContent: { redactedContent: 'cmVkYWN0ZWQ=' } },
          { text: 'One moment.' },
          { toolUse: { toolUseId: 'tooluse_1', name: 'order_lookup', input: first.input } },
          { toolUse: { toolUseId: 'tooluse_2', name: 'order_lookup', input: {} } },
        ],
      },
      {
        role: 'user',
        content: [
          {
            toolResult: { toolUseId: 'tooluse_1', status: 'success', content: [{ text: '{"eta":"today"}' }] },
          },
          { toolResult: { toolUseId: 'tooluse_2', status: 'error' } },
        ],
      },
    ],
  });
  expect(test.emulator.requests[1]?.body).not.toHaveProperty('inferenceConfig.temperature');
});

it('asks newer models to think adaptively, without a temperature', async () => {
  await using test = await start();
  const asked = request({ model: SONNET, thinking: { style: 'adaptive', effort: 'low' } });
  expect((await collect(test.chat, asked)).error).toBeNull();
  const { body } = test.emulator.requests[0]!;
  expect(body).toMatchObject({
    additionalModelRequestFields: { thinking: { type: 'adaptive' }, output_config: { effort: 'low' } },
  });
  expect(body).not.toHaveProperty('inferenceConfig.temperature');
});

it('finishes another model’s tool round without a thinking budget, and gives small budgets room', async () => {
  await using test = await start();
  const thinking = { style: 'budget', tokens: 100 } as const;
  const messages: ChatMessage[] = [
    { role: 'user', text: 'Where is order 42?' },
    { role: 'assistant', text: '', toolCalls: [{ id: 'CA1:1:0', name: 'order_lookup', input: {} }] },
    { role: 'tool', toolCallId: 'CA1:1:0', name: 'order_lookup', result: 'today', isError: false },
  ];
  const asked = request({ tools: [orderLookup], thinking });
  expect((await collect(test.chat, { ...asked, messages })).error).toBeNull();
  expect((await collect(test.chat, asked)).error).toBeNull();
  const [unsigned, small] = test.emulator.requests.map(({ body }) => body);
  expect(unsigned).not.toHaveProperty('additionalModelRequestFields');
  expect(small).toMatchObject({
    additionalModelRequestFields: { thinking: { budget_tokens: 1_024 } },
    inferenceConfig: { maxTokens: 1_324 },
  });
});

it.each([
  ['end_turn', 'complete'],
  ['stop_sequence', 'complete'],
  ['max_tokens', 'maxTokens'],
  ['model_context_window_exceeded', 'maxTokens'],
  ['guardrail_intervened', 'filtered'],
  ['content_filtered', 'filtered'],
])('takes %s for %s', async (stopReason, reason) => {
  await using test = await start();
  test.emulator.nextReplies.push({ parts: [{ text: 'So.' }], stopReason });
  expect((await collect(test.chat, request())).events.at(-1)).toEqual({ type: 'stop', reason });
});

it('drops a tool call that the token limit cut, and refuses one that is unreadable for no reason', async () => {
  await using test = await start();
  const parts = [{ tool: 'order_lookup', id: 'tooluse_1', input: '{"number": "4' }];
  test.emulator.nextReplies.push({ parts, stopReason: 'max_tokens' }, { parts });
  const asked = request({ tools: [orderLookup] });

  const cut = await collect(test.chat, asked);
  expect(cut.events.map(({ type }) => type)).toEqual(['usage', 'stop']);
  const unreadable = await collect(test.chat, asked);
  expect(unreadable).toMatchObject({ events: [], error: { fault: 'broken' } });
});

it('warms a connection without asking any model', async () => {
  await using test = await start();
  await test.chat.prewarm('us-west-2');
  expect(test.emulator.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'GET /async-invoke',
  ]);
});
