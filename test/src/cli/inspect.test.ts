import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { duration, type InspectFlags, inspectCalls, inspectCommand } from '../../../src/cli/inspect.ts';
import { Canaries } from '../../harness/canaries.ts';
import { WireCaller } from '../../harness/wire-caller.ts';
import { WireServer, within } from '../../harness/wire-server.ts';
import { noBrowser, openBrowser } from '../../visualizations/browser.ts';

const canaries = new Canaries();
const API_KEY = canaries.plant('key');

let server: WireServer;
beforeAll(async () => {
  server = await WireServer.start({ transport: 'uws', env: { API_KEY } });
});
afterAll(() => server.close());

/** The command as a person runs it, until they have had enough. */
function inspect(
  call: string | null,
  flags: Partial<InspectFlags> = {},
  env: Record<string, string> = { API_KEY },
) {
  const printed: string[] = [];
  const told: string[] = [];
  const waiting = new Set<() => void>();
  let interrupt = () => {};
  const interrupted = new Promise<void>(resolve => {
    interrupt = resolve;
  });
  const given: InspectFlags = {
    apiKeyEnv: 'API_KEY',
    sample: 1,
    redact: 'on',
    maxEventsPerSecond: 200,
    json: false,
    port: 0,
    inspector: 'https://stately.ai/inspect',
    ...flags,
  };
  const done = inspectCalls(
    call,
    given,
    {
      print(text) {
        printed.push(text);
        for (const look of waiting) look();
      },
      tell: message => told.push(message),
      interrupted,
    },
    { AYBIZA_URL: server.url, ...env },
  );
  done.catch(() => {});
  onTestFinished(async () => {
    interrupt();
    await done.catch(() => {});
  });
  const until = (isSo: (text: string) => boolean, what: string) =>
    within(
      Promise.race([
        done.then(() => printed.find(isSo) ?? Promise.reject(new Error(`It ended without ${what}.`))),
        new Promise<string>(resolve => {
          const look = () => {
            const found = printed.find(isSo);
            if (found) resolve(found);
          };
          waiting.add(look);
          look();
        }),
      ]),
      () => what,
    );
  return { printed, told, done, interrupt, until };
}

async function linkOf(run: ReturnType<typeof inspect>): Promise<string> {
  const directions = await run.until(text => text.includes('?token='), 'the link');
  return /http:\/\/127\.0\.0\.1:\d+\/\?token=\S+/.exec(directions)?.[0] as string;
}

describe('aybiza inspect', () => {
  it('prints the frames of a call, one a line, until the call has ended', async () => {
    const caller = await WireCaller.place(server);
    await caller.listened();
    const run = inspect(caller.phone.callSid, { json: true });
    await run.until(text => text.includes('"name":"inspection"'), 'the tree');
    await caller.phone.hangUp();
    await within(run.done, () => 'the end');

    const frames = run.printed.map(line => JSON.parse(line));
    expect(frames[0]).toMatchObject({ type: '@xstate.actor', name: 'call' });
    const ofCall = frames.filter(({ sessionId }) => sessionId === frames[0].sessionId);
    expect(ofCall.at(-1)).toMatchObject({ type: '@xstate.snapshot', snapshot: { status: 'done' } });
    expect(run.told).toEqual(['Over: the call has ended.']);
  });

  it('says where to look, online and offline, and who is handed what', async () => {
    const caller = await WireCaller.place(server);
    const { callSid } = caller.phone;
    const run = inspect(callSid);
    await linkOf(run);
    expect(run.printed[0]).toMatch(/comes from stately\.ai.*handed to it there.*is hidden; --redact off/s);
    expect(run.printed[0]).toContain(`${server.url}/calls/${callSid}`);
    expect(canaries.foundIn(run.printed.join())).toEqual([]);

    run.interrupt();
    await within(run.done, () => 'the end');
    await caller.phone.hangUp();
  });

  it('serves its page to who has the link alone, and the frames to that page alone', async () => {
    const link = new URL(await linkOf(inspect(null)));
    const page = await fetch(link);
    const policy = page.headers.get('content-security-policy') as string;
    expect(policy).toContain("connect-src 'self'");
    expect(policy).toContain('frame-src https://stately.ai https://*.stately.ai');
    expect(canaries.foundIn(await page.text())).toEqual([]);
    expect((await fetch(link.origin)).status).toBe(403);

    const open = (query: string, origin?: string) =>
      new Promise<number>(resolve => {
        const socket = new WebSocket(`ws://${link.host}/frames${query}`, origin ? { origin } : {});
        onTestFinished(() => socket.terminate());
        socket.on('open', () => resolve(101));
        socket.on('error', () => {});
        socket.on('unexpected-response', (_, response) => resolve(response.statusCode as number));
      });
    expect(await open('', link.origin)).toBe(403);
    expect(await open('?token=guess', link.origin)).toBe(403);
    expect(await open(link.search, 'https://evil.example')).toBe(403);
    expect(await open(link.search, link.origin)).toBe(101);
  });

  it('stops when the time is up', async () => {
    const run = inspect(null, { json: true, for: 50 });
    await within(run.done, () => 'the end');
    expect(run.told).toEqual([]);
  });

  it.each([
    ['a call that nobody knows', 'CA0', {}, {}, /knows no call CA0/],
    ['a call that nobody knows, as JSON', 'CA0', { json: true }, {}, /refuses: No call CA0 is live here/],
    ['a wrong key', null, {}, { API_KEY: 'another-key-altogether' }, /refuses: Send "Authorization: Bearer/],
    ['a wrong key, as JSON', null, { json: true }, { API_KEY: 'another-key-altogether' }, /refuses: Send/],
    ['a server that is not there', null, {}, { AYBIZA_URL: 'http://127.0.0.1:9' }, /No server answers/],
    ['what is no address', null, { inspector: 'stately' }, {}, /Write the inspector as https:/],
  ])('says what to do about %s', async (_, call, flags, env, message) => {
    await expect(inspect(call, flags, { API_KEY, ...env }).done).rejects.toThrow(message);
  });

  it('points to the replay of a call that has ended', async () => {
    const caller = await WireCaller.place(server);
    await caller.phone.hangUp();
    await caller.ended();
    await expect(inspect(caller.phone.callSid).done).rejects.toThrow(
      `has ended. See it step by step: npx aybiza replay ${caller.phone.callSid}`,
    );
  });

  it('reads times and shares, and refuses what is none', async () => {
    expect([duration('30s'), duration('5m'), duration('2h')]).toEqual([30_000, 300_000, 7_200_000]);
    for (const wrong of ['5', '0s', '-1m', '1d', 'm']) expect(() => duration(wrong)).toThrow(/30s, 5m or 1h/);
    const quiet = inspectCommand()
      .exitOverride()
      .configureOutput({ writeErr() {} });
    for (const args of [
      ['--sample', '0'],
      ['--sample', '2'],
      ['--redact', 'some'],
      ['--port', '-1'],
    ])
      await expect(quiet.parseAsync(args, { from: 'user' })).rejects.toThrow();
  });

  it.skipIf(noBrowser)(
    'hands everything to the inspector in its frame, as Stately’s own receiver takes it',
    async () => {
      const inspector = await serveInspector();
      const caller = await WireCaller.place(server);
      await caller.listened();
      const link = await linkOf(inspect(caller.phone.callSid, { inspector: `${inspector}/inspect` }));
      const browser = await openBrowser();
      onTestFinished(() => browser.close());
      const page = await browser.newPage();
      const complaints: string[] = [];
      page.on('pageerror', error => complaints.push(error.message));
      page.on('console', message => message.type() === 'error' && complaints.push(message.text()));
      await page.goto(link);
      const frame = page.frames().find(each => each.url().startsWith(inspector));
      await frame?.waitForFunction('window.received?.some(each => each.name === "inspection")');
      await caller.phone.hangUp();
      await frame?.waitForFunction('window.received?.some(each => each.snapshot?.status === "done")');

      const received = (await frame?.evaluate('window.received')) as { type: string; name?: string }[];
      expect(received[0]).toMatchObject({ type: '@xstate.actor', name: 'call', _version: '0.7.2' });
      await page.waitForFunction(
        'document.querySelector("#told").textContent.includes("the call has ended")',
      );
      expect(complaints.filter(text => !text.includes('favicon'))).toEqual([]);
    },
    60_000,
  );
});

/** Where the hosted inspector would be: a page with the package's own receiver. */
async function serveInspector(): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: `import { createBrowserReceiver } from '@statelyai/inspect';
        window.received = [];
        createBrowserReceiver().subscribe(event => window.received.push(event));`,
      resolveDir: process.cwd(),
    },
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    logLevel: 'silent',
  });
  const page = `<!doctype html><title>Inspector</title><script>${outputFiles[0]!.text}</script>`;
  const web = createServer((_, response) => response.setHeader('content-type', 'text/html').end(page));
  await new Promise<void>(resolve => web.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    web.closeAllConnections();
    web.close();
  });
  return `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
}
