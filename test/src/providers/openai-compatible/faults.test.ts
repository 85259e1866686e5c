import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SimulatedClock } from '../../../../runtime/clock.ts';
import { ProviderError } from '../../../../runtime/provider-error.ts';
import {
  type OpenAiCompatibleEmulator,
  startOpenAiCompatibleEmulator,
} from '../../../../src/emulators/openai-compatible/openai-compatible.ts';
import type { ChatProvider, ChatRequest } from '../../../../src/language/chat.ts';
import { openAzureOpenAiChat } from '../../../../src/providers/openai-compatible/azure-openai.ts';
import { openOpenAiCompatibleChat } from '../../../../src/providers/openai-compatible/openai-compatible.ts';
import { openOpenRouterChat } from '../../../../src/providers/openai-compatible/openrouter.ts';
import { SseWatch } from '../../../../src/providers/openai-compatible/sse-watch.ts';
import { ask, begin, CANARY_KEY, canary, orderTool, textOf, weatherTool } from './asking.ts';

let emulator: OpenAiCompatibleEmulator;
let clock: SimulatedClock;

const adapters: Record<string, () => ChatProvider> = {
  openrouter: () => openOpenRouterChat({ apiKey: canary, clock, baseUrl: `${emulator.url}/api/v1` }),
  'azure-openai': () => openAzureOpenAiChat({ apiKey: canary, clock, endpoint: emulator.url }),
  'openai-compatible': () =>
    openOpenAiCompatibleChat({ apiKey: canary, clock, baseUrl: `${emulator.url}/v1` }),
};

describe.each(Object.keys(adapters))('%s', name => {
  let provider: ChatProvider;

  beforeEach(async () => {
    clock = new SimulatedClock();
    emulator = await startOpenAiCompatibleEmulator({ apiKey: CANARY_KEY });
    provider = adapters[name]!();
  });

  afterEach(async () => {
    vi.restoreAllMocks();
    await provider.close();
    await emulator.close();
    expect(clock.pending).toBe(0);
  });

  async function failureOf(changes: Partial<ChatRequest> = {}): Promise<ProviderError> {
    const error = await ask(provider, changes).then(
      events => expect.fail(`it answered ${JSON.stringify(events)}`),
      failure => failure,
    );
    expect(error).toBeInstanceOf(ProviderError);
    expect(error).toMatchObject({ provider: name });
    expect(inspect(error, { depth: 20 })).not.toContain('canary');
    return error;
  }

  it('streams words as they come, then usage, then the stop', async () => {
    emulator.answers.push({ text: 'It is on its way.', model: 'the-model-that-answered', cachedTokens: 3 });
    const events = await ask(provider);
    expect(events.slice(0, -2)).toEqual(
      ['It', ' is', ' on', ' its', ' way.'].map(text => ({ type: 'text', text })),
    );
    expect(events.at(-2)).toMatchObject({
      type: 'usage',
      model: 'the-model-that-answered',
      usage: {
        outputTokens: 5,
        cachedInputTokens: 3,
        costUsd: name === 'openrouter' ? expect.any(Number) : null,
      },
    });
    expect(events.at(-1)).toEqual({ type: 'stop', reason: 'complete' });
  });

  it('puts several tool calls together whose pieces come in turn', async () => {
    emulator.answers.push({
      text: 'One moment.',
      toolCalls: [
        { id: 'a', name: 'find_order', arguments: '{"order":"a \\"quoted\\" number — 4711"}' },
        { id: 'b', name: 'tell_weather', arguments: '' },
        { id: 'c', name: 'find_order', arguments: '{"order":"4712"}' },
      ],
    });
    const events = await ask(provider, { tools: [orderTool, weatherTool] });
    expect(events.filter(event => event.type === 'toolCall').map(event => event.call)).toEqual([
      { id: 'a', name: 'find_order', input: { order: 'a "quoted" number — 4711' } },
      { id: 'b', name: 'tell_weather', input: {} },
      { id: 'c', name: 'find_order', input: { order: '4712' } },
    ]);
    expect(events.at(-1)).toEqual({ type: 'stop', reason: 'toolCalls' });
  });

  it.each([
    ['cut JSON', { id: 'a', name: 'find_order', arguments: '{"order":"my secret wo' }],
    ['no object', { id: 'a', name: 'find_order', arguments: '["my secret word"]' }],
    ['a tool nobody offered', { id: 'a', name: 'delete_everything', arguments: '{}' }],
  ])('takes a tool call with %s for a broken reply and repeats nothing of it', async (_, call) => {
    emulator.answers.push({ toolCalls: [call] });
    const error = await failureOf({ tools: [orderTool] });
    expect(error.fault).toBe('broken');
    expect(error.message).not.toContain('secret');
  });

  it('drops a tool call that ran out of tokens and says so', async () => {
    emulator.answers.push({
      toolCalls: [{ id: 'a', name: 'find_order', arguments: '{"ord' }],
      finishReason: 'length',
    });
    const events = await ask(provider, { tools: [orderTool] });
    expect(events.map(event => event.type)).toEqual(['usage', 'stop']);
    expect(events.at(-1)).toMatchObject({ reason: 'maxTokens' });
  });

  it.each([
    [400, 'invalid'],
    [401, 'unauthorized'],
    [402, 'unauthorized'],
    [403, 'unauthorized'],
    [404, 'notReady'],
    [408, 'timeout'],
    [418, 'unknown'],
    [429, 'throttled'],
    [500, 'unavailable'],
    [502, 'unavailable'],
    [503, 'unavailable'],
    [529, 'unavailable'],
  ])('takes a %i for %s', async (status, fault) => {
    emulator.answers.push({ refuse: { status, code: status, message: `You said ${CANARY_KEY}` } });
    expect(await failureOf()).toMatchObject({ fault, message: expect.stringContaining(String(status)) });
    expect(emulator.requests).toHaveLength(1);
  });

  it('passes on how long to wait', async () => {
    emulator.nextFaults.push({ kind: 'throttle', ms: 3_000 });
    expect(await failureOf()).toMatchObject({ fault: 'throttled', retryAfterMs: 3_000 });

    const later = new Date(clock.wallTime() + 7_000).toUTCString();
    emulator.answers.push({
      refuse: { status: 503, code: 503, message: 'Busy.', headers: { 'retry-after': later } },
    });
    expect(await failureOf()).toMatchObject({ fault: 'unavailable', retryAfterMs: 7_000 });
  });

  it('names no key when the key is wrong', async () => {
    emulator.nextFaults.push({ kind: 'wrongKey' });
    expect(await failureOf()).toMatchObject({ fault: 'unauthorized', retryAfterMs: null });
    expect(JSON.stringify(emulator.requests)).not.toContain('canary');
  });

  it.each([
    ['refuse', 'unavailable'],
    ['cut', 'broken'],
    ['malformed', 'broken'],
    ['serverError', 'unavailable'],
  ] as const)('takes the fault %s for %s', async (kind, fault) => {
    emulator.nextFaults.push({ kind, afterEvents: 2 });
    emulator.answers.push({ text: 'one two three four' });
    const error = await failureOf();
    expect(error.fault).toBe(fault);
    expect(inspect(error, { depth: 20 })).not.toContain('half a sen');
  });

  it.each(['done', 'finishReason'] as const)(
    'takes a stream without its %s for a broken one',
    async without => {
      emulator.answers.push({ without });
      expect((await failureOf()).fault).toBe('broken');
    },
  );

  it.each([
    [429, 'throttled'],
    [502, 'unavailable'],
    ['server_error', 'unavailable'],
  ])(
    'takes the error %s in the middle of a stream for %s, after the words before it',
    async (code, fault) => {
      emulator.answers.push({
        text: 'Your order is late',
        failAfter: { outputs: 2, code, message: `overloaded, ${CANARY_KEY}` },
      });
      const { events } = begin(provider);
      expect((await events.next()).value).toEqual({ type: 'text', text: 'Your' });
      expect((await events.next()).value).toEqual({ type: 'text', text: ' order' });
      const error = await events.next().catch(failure => failure);
      expect(error).toMatchObject({ name: 'ProviderError', fault });
      expect(error.message).not.toContain('canary');
    },
  );

  it('gives up when no first token comes, though keep-alives do', async () => {
    const watched = vi.spyOn(SseWatch.prototype, 'over');
    emulator.nextFaults.push({ kind: 'stallBefore' });
    emulator.answers.push({ keepAlives: 2 });
    const failure = failureOf();
    await vi.waitFor(() => expect(watched.mock.contexts[0]).toBeDefined());
    const sse = watched.mock.contexts[0] as SseWatch;
    if (name === 'openrouter') await vi.waitFor(() => expect(sse.keepAlives).toBe(2));

    await clock.advance(999);
    expect(emulator.openStreams).toBe(1);
    await clock.advance(1);
    const error = await failure;
    expect(error).toMatchObject({ fault: 'timeout', message: expect.stringContaining('1000 ms') });
    if (name === 'openrouter') expect(error.message).toContain('connected and waiting (2 keep-alives)');
    await emulator.idle();
  });

  it('gives up when the stream stalls, and only then', async () => {
    emulator.nextFaults.push({ kind: 'stallAfter', afterEvents: 1 });
    emulator.answers.push({ text: 'one two' });
    const { next } = begin(provider);
    expect((await next()).value).toEqual({ type: 'text', text: 'one' });
    // Nobody waits for the provider while the reader takes its time.
    await clock.advance(60_000);

    const failure = next().catch(error => error);
    await clock.advance(499);
    expect(emulator.openStreams).toBe(1);
    await clock.advance(1);
    expect(await failure).toMatchObject({ fault: 'timeout', message: expect.stringContaining('500 ms') });
    await emulator.idle();
  });

  it('lets a slow stream drip to its end', async () => {
    emulator.nextFaults.push({ kind: 'drip', ms: 5 });
    emulator.answers.push({ text: 'one two three' });
    expect(textOf(await ask(provider))).toBe('one two three');
  });

  it('ends without an error when aborted, and the request with it', async () => {
    emulator.nextFaults.push({ kind: 'stallAfter', afterEvents: 1 });
    const { next, abort } = begin(provider);
    await next();
    const rest = next();
    abort.abort();
    expect(await rest).toEqual({ value: undefined, done: true });
    await emulator.idle();

    const early = begin(provider);
    early.abort.abort();
    expect(await early.next()).toEqual({ value: undefined, done: true });
    expect(emulator.requests).toHaveLength(1);
  });

  it('ends the request when its reader walks away', async () => {
    emulator.nextFaults.push({ kind: 'stallAfter', afterEvents: 1 });
    const { next, events } = begin(provider);
    await next();
    await events.return?.();
    await emulator.idle();
  });

  it('keeps one connection for turn after turn', async () => {
    for (let turn = 0; turn < 3; turn++) await ask(provider);
    expect(emulator.connections).toBe(1);
  });
});
