import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { CallDetail } from '../../src/api/call-directory.ts';
import { type CallOptions, PhoneCall } from '../../src/caller/phone-call.ts';
import { openDatabase } from '../../src/storage/open.ts';
import { layFirstStart } from '../harness/first-start.ts';
import { announced, newCallSid, RawStream } from '../harness/raw-stream.ts';
import { quietLog } from '../harness/sim-call.ts';
import { within } from '../harness/wire-server.ts';
import { ServedProcess } from './served-process.ts';

const authToken = 'auth-token-of-a-test-0123456789';
const apiKey = 'api-key-of-a-test-0123456789';
const publicUrl = 'https://calls.example.com';
/** A drain says goodbye 15 s before its end. */
const DRAIN_TIMEOUT_S = '17';

let dataDir: string;

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'aybiza-serve-'));
  await layFirstStart(dataDir);
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

async function serve(settings: Record<string, string> = {}): Promise<ServedProcess> {
  const server = await ServedProcess.start({
    AYBIZA_DATA_DIR: dataDir,
    AYBIZA_NODE: 'node-of-a-test',
    PORT: '0',
    TWILIO_AUTH_TOKEN: authToken,
    PUBLIC_URL: publicUrl,
    API_KEY: apiKey,
    DRAIN_TIMEOUT_S,
    ...settings,
  });
  onTestFinished(() => server.kill());
  return server;
}

async function callTo(
  url: string,
  signing: Partial<CallOptions> = { authToken, publicUrl },
): Promise<PhoneCall> {
  const phone = new PhoneCall(url, { from: '+12025550123', to: '+12025550100', ...signing });
  await phone.begin();
  return phone;
}

async function get(url: string, at: string) {
  const response = await fetch(url + at, { headers: { authorization: `Bearer ${apiKey}` } });
  return { status: response.status, body: await response.json() };
}

async function findCall(url: string, callSid: string): Promise<CallDetail> {
  return (await get(url, `/api/calls/${callSid}`)).body as CallDetail;
}

/** Keys, because nobody mishears them, and nobody has to wait for the greeting. */
async function lookUpOrder(url: string, phone: PhoneCall): Promise<void> {
  for (const digit of '1024#') phone.key(digit);
  const kept = async () => JSON.stringify((await get(url, `/api/calls/${phone.callSid}/events`)).body);
  await expect.poll(kept, { timeout: 20_000 }).toContain('"tools.finished"');
}

/** One after the other on the same data, as on a machine that is restarted. */
describe.sequential('aybiza serve', { timeout: 120_000 }, () => {
  it('told to stop during a call, takes no other, finishes that one and ends with 0', async () => {
    const server = await serve();
    const url = await server.url();
    const phone = await callTo(url);
    await lookUpOrder(url, phone);
    expect((await get(url, '/healthz')).body).toMatchObject({ status: 'ok', calls: 1 });

    server.signal('SIGTERM');
    await server.printed(/SIGTERM: no new calls; 1 running may finish/);
    expect(await get(url, '/healthz')).toMatchObject({ status: 503, body: { status: 'draining', calls: 1 } });
    const late = await callTo(url);
    expect(late.end).toMatchObject({ by: 'agent', streams: 0, error: null });

    expect(phone.end).toBeNull();
    const end = await within(phone.ended(), () => `the goodbye:\n${server.output}`, 40_000);
    expect(end).toMatchObject({ by: 'agent', error: null, streams: 1 });
    expect(await server.exited()).toEqual({ code: 0, signal: null });
    expectNoSecretsIn(server.output);
  });

  it('on a port that is taken, says so and ends with 1', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const server = await serve({ PORT: String(port) });
    expect(await server.exited()).toEqual({ code: 1, signal: null });
    expect(server.stderr).toContain(`Port ${port} on 127.0.0.1 is in use. Stop the other server or choose`);
    expect(server.stderr).not.toMatch(/^\s+at /m);
    other.close();
  });

  it('killed in mid-call, closes that call at a start a minute later, with its turns and its report, and takes others', async () => {
    const killed = await serve();
    const url = await killed.url();
    const phone = await callTo(url);
    await lookUpOrder(url, phone);
    killed.signal('SIGKILL');
    expect((await killed.exited()).signal).toBe('SIGKILL');
    await phone.hangUp();
    await passMinute();

    const next = await serve({ TWILIO_AUTH_TOKEN: '', PUBLIC_URL: '' });
    const nextUrl = await next.url();
    const closed = () => findCall(nextUrl, phone.callSid);
    await expect.poll(async () => (await closed()).report, { timeout: 20_000 }).not.toBeNull();
    const call = await closed();
    expect(call).toMatchObject({
      live: false,
      state: 'ended',
      outcome: 'interrupted',
      report: { turns: call.turns.length, toolCalls: { succeeded: 1 } },
    });
    expect(call.turns.map(turn => turn.purpose)).toEqual(['greeting', 'answer']);
    expect(call.turns[1]).toMatchObject({
      caller: { text: '1024', by: 'keypad' },
      tools: [{ name: 'lookUpOrder' }],
    });

    await hurtEars(nextUrl);
    const running = await callTo(nextUrl, {});
    await lookUpOrder(nextUrl, running);
    next.signal('SIGTERM');
    await next.printed(/1 running may finish/);
    next.signal('SIGTERM');
    const end = await within(running.ended(), () => `the end at once:\n${next.output}`);
    expect(end).toMatchObject({ by: 'agent', error: null });
    expect(await next.exited()).toEqual({ code: 0, signal: null });
    expectNoSecretsIn(killed.output + next.output);
  });

  it('lists all settings that are wrong without their values, and ends with 1', async () => {
    const databaseUrl = 'mysql://user:hunter2hunter2@db/aybiza';
    const server = await serve({
      PORT: 'eighty',
      MAX_CALLS: '0',
      API_KEY: 'short-key',
      DATABASE_URL: databaseUrl,
    });
    expect(await server.exited()).toEqual({ code: 1, signal: null });
    for (const name of ['PORT', 'MAX_CALLS', 'API_KEY', 'DATABASE_URL'])
      expect(server.stderr).toMatch(new RegExp(`^  ${name}: .+`, 'm'));
    expect(server.stderr).not.toMatch(/^\s+at /m);
    expectNoSecretsIn(server.output, 'hunter2', 'short-key');
  });
});

/** A caller has no more time to come back when the process that had the call is dead for so long. */
async function passMinute(): Promise<void> {
  const database = await openDatabase({ databaseUrl: undefined, dataDir, log: quietLog }, () => {});
  await database.query(`update aybiza.calls set heartbeat_at = heartbeat_at - interval '1 minute'`);
  await database.close();
}

/** Audio that no telephone makes, for the real ears: any length, any bytes, none at all. */
async function hurtEars(url: string): Promise<void> {
  const callSid = newCallSid();
  const token = await announced({ url }, callSid);
  const stream = await RawStream.connect({ url }, callSid);
  stream.sendStart(token);
  for (const sizeBytes of [0, 1, 3, 159, 161, 4_001, 30_000])
    stream.sendPayload(
      Buffer.from(Array.from({ length: sizeBytes }, (_, i) => (i * i) % 251)).toString('base64'),
    );
  for (const payload of ['', '%%%', '====']) stream.sendPayload(payload);
  stream.hangUp();
  await expect.poll(async () => (await findCall(url, callSid)).outcome, { timeout: 20_000 }).toBe('hungUp');
}

function expectNoSecretsIn(output: string, ...others: string[]): void {
  for (const secret of [authToken, apiKey, ...others]) expect(output).not.toContain(secret);
}
