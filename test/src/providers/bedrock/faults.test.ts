import { inspect } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import type { ProviderFault } from '../../../../runtime/provider-error.ts';
import type { ScriptedRefusal, StreamFailure } from '../../../../src/emulators/bedrock/script.ts';
import type { Fault } from '../../../../src/emulators/emulator.ts';
import { openBedrockChat } from '../../../../src/providers/bedrock/open.ts';
import { Secret } from '../../../../src/secret.ts';
import { collect, orderLookup, request, start } from './under-test.ts';

const parts = [{ text: ['One', ' two', ' three', ' four'] }];
/** messageStart and two words. */
const AFTER = 3;
const SPOKEN = 'One two';

describe('every answer of HTTP other than a stream is the fault that its name says', () => {
  it.each<[string | null, number, ProviderFault]>([
    ['ThrottlingException', 429, 'throttled'],
    ['ServiceQuotaExceededException', 400, 'throttled'],
    ['ModelNotReadyException', 429, 'notReady'],
    ['ValidationException', 400, 'invalid'],
    ['ResourceNotFoundException', 404, 'invalid'],
    ['ConflictException', 400, 'invalid'],
    ['AccessDeniedException', 403, 'unauthorized'],
    ['UnrecognizedClientException', 403, 'unauthorized'],
    ['ExpiredTokenException', 403, 'unauthorized'],
    ['InternalServerException', 500, 'unavailable'],
    ['ServiceUnavailableException', 503, 'unavailable'],
    ['ModelErrorException', 424, 'unavailable'],
    ['ModelTimeoutException', 408, 'timeout'],
    ['SomethingNewException', 400, 'invalid'],
    ['SomethingNewException', 418, 'invalid'],
    ['SomethingNewException', 500, 'unavailable'],
    [null, 502, 'unavailable'],
    [null, 504, 'timeout'],
    [null, 429, 'throttled'],
  ])('%s with %i is %s, asked once', async (errorType, status, fault) => {
    await using test = await start();
    test.emulator.nextReplies.push({ status, errorType, message: 'No.' } satisfies ScriptedRefusal);
    const { events, error } = await collect(test.chat, request());
    expect(events).toEqual([]);
    expect(error).toMatchObject({
      fault,
      provider: 'bedrock',
      region: 'eu-central-1',
      cause: { httpStatus: status },
    });
    expect(test.emulator.requests).toHaveLength(1);
  });

  it('with the wait that was asked for, in seconds or in milliseconds', async () => {
    await using test = await start();
    test.emulator.nextFaults.push({ kind: 'throttle', ms: 7_000 });
    expect((await collect(test.chat, request())).error).toMatchObject({
      fault: 'throttled',
      retryAfterMs: 7_000,
    });

    const headers = { 'x-amz-retry-after': '1500' };
    test.emulator.nextReplies.push({
      status: 503,
      errorType: 'ServiceUnavailableException',
      message: '',
      headers,
    });
    expect((await collect(test.chat, request())).error).toMatchObject({ retryAfterMs: 1_500 });
  });

  it('and a retired model is invalid, with Bedrock’s words in the cause', async () => {
    await using test = await start();
    const model = 'anthropic.claude-3-7-sonnet-20250219-v1:0';
    const { error } = await collect(test.chat, request({ model }));
    expect(error).toMatchObject({
      fault: 'invalid',
      cause: { message: 'The provided model identifier is invalid.' },
    });
  });
});

describe.each([
  ['before the first event', 0, ''],
  ['before the first output', 1, ''],
  ['after output', AFTER, SPOKEN],
])('%s', (_when, afterEvents, spoken) => {
  it.each<[string, ProviderFault]>([
    ['throttlingException', 'throttled'],
    ['validationException', 'invalid'],
    ['internalServerException', 'unavailable'],
    ['serviceUnavailableException', 'unavailable'],
    ['modelStreamErrorException', 'broken'],
  ])('an exception %s in the stream is %s', async (type, fault) => {
    await using test = await start();
    const failure: StreamFailure = { kind: 'exception', type, message: 'No.', afterEvents };
    test.emulator.nextReplies.push({ parts, failure });
    const { text, error } = await collect(test.chat, request());
    expect({ text, fault: error?.fault }).toEqual({ text: spoken, fault });
  });

  it.each<[string, ProviderFault]>([
    ['ThrottlingException', 'throttled'],
    ['InternalFailure', 'unavailable'],
    ['RequestTimeout', 'timeout'],
  ])('an undescribed error %s in the stream is %s', async (code, fault) => {
    await using test = await start();
    test.emulator.nextReplies.push({ parts, failure: { kind: 'error', code, message: 'No.', afterEvents } });
    const { text, error } = await collect(test.chat, request());
    expect({ text, fault: error?.fault }).toEqual({ text: spoken, fault });
  });

  it.each<StreamFailure['kind'] | Fault['kind']>(['end', 'halfFrame', 'cut', 'malformed'])(
    'a stream with %s is broken, never a whole reply',
    async kind => {
      await using test = await start();
      if (kind === 'end' || kind === 'halfFrame')
        test.emulator.nextReplies.push({ parts, failure: { kind, afterEvents } });
      else {
        test.emulator.nextReplies.push({ parts });
        test.emulator.nextFaults.push({ kind: kind as Fault['kind'], afterEvents });
      }
      const { events, text, error } = await collect(test.chat, request());
      expect(error).toMatchObject({ fault: 'broken' });
      // Node drops what a cut connection still holds unread.
      if (kind === 'cut') expect(spoken.startsWith(text)).toBe(true);
      else expect(text).toBe(spoken);
      expect(events.some(event => event.type === 'stop')).toBe(false);
    },
  );

  it('a stall is a timeout, and the request is closed', async () => {
    await using test = await start();
    test.emulator.nextReplies.push({ parts });
    test.emulator.nextFaults.push(
      afterEvents === 0 ? { kind: 'stallBefore' } : { kind: 'stallAfter', afterEvents },
    );
    const reply = collect(test.chat, request(), undefined, events => {
      if (events.length === 2) setImmediate(() => void test.clock.advance(3_000));
    });
    await test.emulator.until('requests', 1);
    if (afterEvents <= 1) await test.clock.advance(2_000);

    const { text, error } = await reply;
    expect({ text, fault: error?.fault }).toEqual({ text: spoken, fault: 'timeout' });
    await test.emulator.until('abandoned', 1);
    expect(test.clock.pending).toBe(0);
  });
});

it('a slow stream within the limits is whole', async () => {
  await using test = await start();
  test.emulator.nextReplies.push({ parts });
  test.emulator.nextFaults.push({ kind: 'drip', ms: 5 });
  expect(await collect(test.chat, request())).toMatchObject({ text: 'One two three four', error: null });
});

it('a reply is whole after messageStop, whether its usage comes or not', async () => {
  await using test = await start();
  const messageStop = 1 + 4 + 1 + 1;
  test.emulator.nextReplies.push({ parts, failure: { kind: 'end', afterEvents: messageStop } }, { parts });
  const cut = await collect(test.chat, request());
  expect(cut).toMatchObject({ text: 'One two three four', error: null });
  expect(cut.events.at(-1)).toEqual({ type: 'stop', reason: 'complete' });

  test.emulator.nextFaults.push({ kind: 'stallAfter', afterEvents: messageStop });
  const late = collect(test.chat, request());
  await vi.waitFor(() => expect(test.clock.untilNextMs).toBe(500));
  await test.clock.advance(500);
  expect((await late).events.at(-1)).toEqual({ type: 'stop', reason: 'complete' });
});

it('nobody at the address is unavailable', async () => {
  await using test = await start();
  await test.emulator.close();
  expect((await collect(test.chat, request())).error).toMatchObject({ fault: 'unavailable' });
  await expect(test.chat.prewarm()).rejects.toMatchObject({ fault: 'unavailable' });
});

describe('an aborted signal', () => {
  it.each(['beforeHeaders', 'midStream'] as const)(
    '%s ends the iteration without an error, and the request at once',
    async when => {
      await using test = await start();
      const abort = new AbortController();
      test.emulator.nextReplies.push({ parts });
      test.emulator.nextFaults.push(
        when === 'beforeHeaders' ? { kind: 'stallBefore' } : { kind: 'stallAfter', afterEvents: AFTER },
      );
      const reply = collect(test.chat, request(), abort.signal, events => {
        if (events.length === 2) abort.abort();
      });
      await test.emulator.until('requests', 1);
      if (when === 'beforeHeaders') abort.abort();

      const { error, events } = await reply;
      await test.emulator.until('abandoned', 1);
      expect(error).toBeNull();
      expect(events.some(event => event.type === 'stop')).toBe(false);
      expect(test.clock.pending).toBe(0);
    },
  );

  it('closes the request even while nobody reads the reply', async () => {
    await using test = await start();
    const abort = new AbortController();
    test.emulator.nextReplies.push({ parts });
    test.emulator.nextFaults.push({ kind: 'stallAfter', afterEvents: AFTER });
    const events = test.chat.stream(request(), abort.signal)[Symbol.asyncIterator]();
    await events.next();
    abort.abort();
    await test.emulator.until('abandoned', 1);
    expect(await events.next()).toMatchObject({ done: true });
  });

  it('asks nothing when it was aborted before', async () => {
    await using test = await start();
    expect(await collect(test.chat, request(), AbortSignal.abort())).toMatchObject({
      events: [],
      error: null,
    });
    expect(test.emulator.requests).toHaveLength(0);
  });
});

it('leaving the iteration closes the request', async () => {
  await using test = await start();
  test.emulator.nextReplies.push({ parts });
  test.emulator.nextFaults.push({ kind: 'stallAfter', afterEvents: AFTER });
  for await (const event of test.chat.stream(request(), new AbortController().signal))
    if (event.type === 'text') break;
  await test.emulator.until('abandoned', 1);
});

it('closing the provider ends what is streaming, and refuses what comes later', async () => {
  await using test = await start();
  test.emulator.nextReplies.push({ parts });
  test.emulator.nextFaults.push({ kind: 'stallAfter', afterEvents: AFTER });
  const reply = collect(test.chat, request(), undefined, events => {
    if (events.length === 2) void test.chat.close();
  });
  expect((await reply).error).toMatchObject({ fault: 'unavailable' });
  expect((await collect(test.chat, request())).error).toMatchObject({ fault: 'unavailable' });
  await expect(test.chat.prewarm()).rejects.toMatchObject({ fault: 'unavailable' });
});

it('a wrong key is told when the connection is warmed, and a failing service is no reason to complain', async () => {
  await using test = await start();
  test.emulator.nextFaults.push({ kind: 'wrongKey' });
  await expect(test.chat.prewarm()).rejects.toMatchObject({ fault: 'unauthorized' });
  test.emulator.nextFaults.push({ kind: 'serverError' });
  await expect(test.chat.prewarm()).resolves.toBeUndefined();
});

it('keys and the caller’s words are in no error', async () => {
  const canaries = [
    'canary-secret-key',
    'canary-session-token',
    'canary-bearer',
    'canary words of the caller',
  ];
  const asked = request({
    messages: [{ role: 'user', text: 'canary words of the caller' }],
    tools: [orderLookup],
  });
  const signing = {
    credentials: {
      accessKeyId: 'AKIATEST',
      secretAccessKey: new Secret('canary-secret-key'),
      sessionToken: new Secret('canary-session-token'),
    },
  };
  const bearing = { apiKey: new Secret('canary-bearer') };
  const told: string[] = [];
  for (const options of [signing, bearing]) {
    await using test = await start(options, { apiKey: new Secret('another') });
    const faults: Fault[] = [
      { kind: 'wrongKey' },
      { kind: 'throttle' },
      { kind: 'serverError' },
      { kind: 'refuse' },
    ];
    for (const fault of [null, ...faults]) {
      if (fault) test.emulator.nextFaults.push(fault);
      const { error } = await collect(test.chat, asked);
      expect(error).not.toBeNull();
      told.push(inspect(error, { depth: 20, showHidden: true }), JSON.stringify(error), String(error?.stack));
    }
    told.push(
      inspect(
        test.emulator.requests.map(({ headers }) => headers),
        { depth: 20 },
      ),
    );
  }
  for (const canary of canaries) expect(told.join('\n')).not.toContain(canary);
});

it('credentials that nobody gave are unauthorized', async () => {
  const chat = openBedrockChat({ endpoint: 'http://127.0.0.1:9', region: 'eu-west-1' });
  for (const name of [
    'AWS_ACCESS_KEY_ID',
    'AWS_SECRET_ACCESS_KEY',
    'AWS_BEARER_TOKEN_BEDROCK',
    'AWS_PROFILE',
  ])
    vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_CONFIG_FILE', '/nowhere');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nowhere');
  try {
    expect((await collect(chat, request())).error).toMatchObject({ fault: 'unauthorized' });
  } finally {
    vi.unstubAllEnvs();
    await chat.close();
  }
});
