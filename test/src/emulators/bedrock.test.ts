import { EventStreamCodec } from '@smithy/core/event-streams';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BedrockEmulator, startBedrockEmulator } from '../../../src/emulators/bedrock/bedrock.ts';

const HAIKU = 'eu.anthropic.claude-haiku-4-5-20251001-v1:0';
const SONNET_5 = 'us.anthropic.claude-sonnet-5';
const hello = { role: 'user', content: [{ text: 'Hello?' }] };
const lookup = { toolSpec: { name: 'order_lookup', inputSchema: { json: { type: 'object' } } } };
const use = { toolUse: { toolUseId: 'a', name: 'order_lookup', input: {} } };
const result = { toolResult: { toolUseId: 'a', content: [{ text: 'today' }] } };

let emulator: BedrockEmulator;
beforeEach(async () => {
  emulator = await startBedrockEmulator();
});
afterEach(() => emulator.close());

function ask(
  model: string,
  body: unknown,
  headers: Record<string, string> = { authorization: 'Bearer key' },
) {
  return fetch(`${emulator.url}/model/${encodeURIComponent(model)}/converse-stream`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

interface Frame {
  type: string;
  body: Record<string, unknown>;
}

function decode(bytes: Uint8Array): Frame[] {
  const codec = new EventStreamCodec(
    input => Buffer.from(input as Uint8Array).toString(),
    text => Buffer.from(text),
  );
  const frames: Frame[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0);
    const { headers, body } = codec.decode(bytes.subarray(at, at + size));
    expect(headers[':message-type']?.value).toBe('event');
    expect(headers[':content-type']?.value).toBe('application/json');
    frames.push({
      type: String(headers[':event-type']?.value),
      body: JSON.parse(Buffer.from(body).toString()),
    });
    at += size;
  }
  return frames;
}

it('streams events in Bedrock’s order and encoding, each padded', async () => {
  emulator.nextReplies.push({
    parts: [
      { reasoning: 'Hm', signature: 'c2ln' },
      { text: 'One moment.' },
      { tool: 'order_lookup', id: 'tooluse_1', input: { number: '42' } },
    ],
  });
  const response = await ask(HAIKU, { messages: [hello], toolConfig: { tools: [lookup] } });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/vnd.amazon.eventstream');
  expect(response.headers.get('x-amzn-requestid')).toBeTruthy();

  const frames = decode(new Uint8Array(await response.arrayBuffer()));
  const sizes = new Set(frames.map(({ body }) => String(body.p).length));
  expect(sizes.size).toBeGreaterThan(3);
  const plain = frames.map(({ type, body: { p: _, ...body } }) => ({ [type]: body }));
  expect(plain).toEqual([
    { messageStart: { role: 'assistant' } },
    { contentBlockDelta: { contentBlockIndex: 0, delta: { reasoningContent: { text: 'Hm' } } } },
    { contentBlockDelta: { contentBlockIndex: 0, delta: { reasoningContent: { signature: 'c2ln' } } } },
    { contentBlockStop: { contentBlockIndex: 0 } },
    { contentBlockDelta: { contentBlockIndex: 1, delta: { text: 'One' } } },
    { contentBlockDelta: { contentBlockIndex: 1, delta: { text: ' moment.' } } },
    { contentBlockStop: { contentBlockIndex: 1 } },
    {
      contentBlockStart: {
        contentBlockIndex: 2,
        start: { toolUse: { toolUseId: 'tooluse_1', name: 'order_lookup' } },
      },
    },
    { contentBlockDelta: { contentBlockIndex: 2, delta: { toolUse: { input: '' } } } },
    { contentBlockDelta: { contentBlockIndex: 2, delta: { toolUse: { input: '{"numbe' } } } },
    { contentBlockDelta: { contentBlockIndex: 2, delta: { toolUse: { input: 'r":"42"' } } } },
    { contentBlockDelta: { contentBlockIndex: 2, delta: { toolUse: { input: '}' } } } },
    { contentBlockStop: { contentBlockIndex: 2 } },
    { messageStop: { stopReason: 'tool_use' } },
    {
      metadata: {
        usage: { inputTokens: expect.any(Number), outputTokens: 8, totalTokens: expect.any(Number) },
        metrics: { latencyMs: expect.any(Number) },
      },
    },
  ]);
});

it('wants a key or a signature for Bedrock, and keeps neither', async () => {
  const body = { messages: [hello] };
  const none = await ask(HAIKU, body, {});
  expect(none.status).toBe(403);
  expect(none.headers.get('x-amzn-errortype')).toBe('MissingAuthenticationTokenException');
  const forOthers =
    'AWS4-HMAC-SHA256 Credential=AK/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=ab';
  expect((await ask(HAIKU, body, { authorization: forOthers })).status).toBe(403);
  expect(emulator.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, '[secret]']);
});

it('knows no other operation', async () => {
  const headers = { authorization: 'Bearer key' };
  const response = await fetch(`${emulator.url}/model/x/unknown`, { method: 'POST', headers });
  expect([response.status, response.headers.get('x-amzn-errortype')]).toEqual([
    404,
    'UnknownOperationException',
  ]);
});

describe('Bedrock’s rules', () => {
  const budget = (tokens: number) => ({ thinking: { type: 'enabled', budget_tokens: tokens } });
  const adaptive = { thinking: { type: 'adaptive' }, output_config: { effort: 'low' } };
  const answered = [hello, { role: 'assistant', content: [use] }, { role: 'user', content: [result] }];
  const toolConfig = { tools: [lookup] };
  const signed = { reasoningContent: { reasoningText: { text: 'Hm.', signature: 'c2ln' } } };

  it.each<[string, string, Record<string, unknown>]>([
    ['a word', HAIKU, { messages: [hello], inferenceConfig: { temperature: 0.2, maxTokens: 10 } }],
    ['a word to a newer model', SONNET_5, { messages: [hello] }],
    ['a prefilled answer', HAIKU, { messages: [hello, { role: 'assistant', content: [{ text: 'Well' }] }] }],
    ['a tool round', HAIKU, { messages: answered, toolConfig }],
    ['a budget', HAIKU, { messages: [hello], additionalModelRequestFields: budget(1_024) }],
    ['adaptive thinking', SONNET_5, { messages: [hello], additionalModelRequestFields: adaptive }],
    [
      'signed reasoning in a tool round',
      HAIKU,
      {
        messages: [hello, { role: 'assistant', content: [signed, use] }, { role: 'user', content: [result] }],
        toolConfig,
        additionalModelRequestFields: budget(2_000),
      },
    ],
  ])('take %s', async (_, model, body) => {
    const response = await ask(model, body);
    expect([response.status, response.ok ? '' : await response.text()]).toEqual([200, '']);
    await response.arrayBuffer();
  });

  it.each<[string, string, Record<string, unknown>, RegExp]>([
    [
      'a retired model',
      'anthropic.claude-3-haiku-20240307-v1:0',
      {},
      /^The provided model identifier is invalid\.$/,
    ],
    [
      'a retired model’s profile',
      'us.anthropic.claude-3-7-sonnet-20250219-v1:0',
      {},
      /identifier is invalid/,
    ],
    ['an unknown model', 'us.anthropic.claude-9', {}, /identifier is invalid/],
    ['a bare id', 'anthropic.claude-sonnet-5', {}, /inference profile/],
    ['no message', HAIKU, { messages: [] }, /messages/],
    [
      'an assistant first',
      HAIKU,
      { messages: [{ role: 'assistant', content: [{ text: 'Hi' }] }] },
      /start with a user/,
    ],
    ['two users', HAIKU, { messages: [hello, hello] }, /alternate/],
    ['blank text', HAIKU, { messages: [{ role: 'user', content: [{ text: ' ' }] }] }, /blank/],
    ['no content', HAIKU, { messages: [{ role: 'user', content: [] }] }, /content/],
    ['tools undeclared', HAIKU, { messages: answered }, /toolConfig/],
    ['a tool unanswered', HAIKU, { messages: [...answered.slice(0, 2), hello], toolConfig }, /has no result/],
    [
      'a result of nothing',
      HAIKU,
      { messages: [{ role: 'user', content: [result] }], toolConfig },
      /answers no tool use/,
    ],
    [
      'words before results',
      HAIKU,
      {
        messages: [...answered.slice(0, 2), { role: 'user', content: [{ text: 'So' }, result] }],
        toolConfig,
      },
      /come first/,
    ],
    [
      'prefill by a newer model',
      SONNET_5,
      { messages: [hello, { role: 'assistant', content: [{ text: 'W' }] }] },
      /prefill/,
    ],
    ['too hot', HAIKU, { inferenceConfig: { temperature: 1.5 } }, /temperature/],
    ['a temperature on a newer model', SONNET_5, { inferenceConfig: { temperature: 0.3 } }, /no temperature/],
    ['a small budget', HAIKU, { additionalModelRequestFields: budget(1_000) }, /at least 1024/],
    [
      'a budget above the limit',
      HAIKU,
      { inferenceConfig: { maxTokens: 2_000 }, additionalModelRequestFields: budget(2_000) },
      /greater than/,
    ],
    [
      'a temperature while thinking',
      HAIKU,
      { inferenceConfig: { temperature: 0.3 }, additionalModelRequestFields: budget(1_024) },
      /temperature/,
    ],
    [
      'a forced tool while thinking',
      HAIKU,
      { toolConfig: { ...toolConfig, toolChoice: { any: {} } }, additionalModelRequestFields: budget(1_024) },
      /tool_choice/,
    ],
    [
      'unsigned tool rounds while thinking',
      HAIKU,
      { messages: answered, toolConfig, additionalModelRequestFields: budget(1_024) },
      /thinking block/,
    ],
    ['a budget on a newer model', SONNET_5, { additionalModelRequestFields: budget(1_024) }, /'enabled'/],
    ['adaptive on an older one', HAIKU, { additionalModelRequestFields: adaptive }, /'adaptive'/],
    [
      'invented fields',
      HAIKU,
      { additionalModelRequestFields: { enable_thinking: true } },
      /additionalModelRequestFields/,
    ],
    ['odd metadata', HAIKU, { requestMetadata: { callId: 'CA1|2' } }, /requestMetadata/],
    [
      'five cache points',
      HAIKU,
      { system: Array.from({ length: 5 }, () => ({ cachePoint: { type: 'default' } })) },
      /cache points/,
    ],
  ])('refuse %s', async (_, model, body, why) => {
    const response = await ask(model, { messages: [hello], ...body });
    expect(response.status).toBe(400);
    expect(response.headers.get('x-amzn-errortype')).toBe('ValidationException');
    expect(((await response.json()) as { message: string }).message).toMatch(why);
  });
});
