import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FlowAnswer } from '../../../src/console/protocol.ts';
import { WireCaller } from '../../harness/wire-caller.ts';
import { WireServer } from '../../harness/wire-server.ts';

describe('the pages of flows', () => {
  let server: WireServer;

  beforeAll(async () => {
    server = await WireServer.start({ transport: 'uws' });
  });
  afterAll(() => server.close());

  it('show the call chart as a picture that is drawn once, compressed, and not sent twice', async () => {
    const url = `${server.url}/api/charts/call.svg`;
    const response = await fetch(url, { headers: { 'accept-encoding': 'br' } });
    const svg = await response.text();
    expect(response.headers.get('content-type')).toBe('image/svg+xml; charset=utf-8');
    expect(response.headers.get('content-encoding')).toBe('br');
    expect(svg).toContain('data-state="call.live.floor.listening.quiet"');
    expect(svg).toContain('data-edge="');
    const etag = response.headers.get('etag') ?? '';
    expect((await fetch(url, { headers: { 'if-none-match': etag } })).status).toBe(304);
  }, 60_000);

  it('tell what checking a flow and playing its scenarios says, and paint it', async () => {
    const caller = await WireCaller.place(server);
    await caller.listened();
    const { status, body } = await server.getJson('/api/flows/order-status');
    const flow = body as FlowAnswer;
    expect(status).toBe(200);
    expect(flow.study.version).toBe(flow.version);
    expect(flow.study.scenarios).toMatchObject({ failed: 0, problem: null });
    expect(flow.study.scenarios.passed).toBeGreaterThan(5);
    expect(flow.study.coverage.states.map(({ id }) => id)).toEqual(flow.states.map(({ id }) => id));
    expect(flow.study.coverage.transitions.some(({ hits }) => hits > 1)).toBe(true);
    expect(flow.study.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(flow.states.find(({ path }) => path === caller.call.flowState)?.liveCalls).toBe(1);
    expect(JSON.stringify(body)).not.toContain(process.cwd());
    await caller.phone.hangUp();

    const picture = `/api/charts/flows/order-status.svg?version=${flow.version}`;
    const plain = await (await fetch(server.url + picture)).text();
    const painted = await (await fetch(`${server.url}${picture}&coverage=1`)).text();
    expect(plain).toContain(`data-state="${flow.states[0]?.id}"`);
    expect(plain).not.toContain('covered:');
    expect(painted).toMatch(/covered: \d+ of \d+ states/);
  }, 120_000);

  it('know no flow that is not in the folder, wherever its name points', async () => {
    for (const name of ['nowhere', '..%2f..%2fmachines%2fcall', '%2fetc%2fpasswd', 'order-status.ts']) {
      expect((await server.getJson(`/api/flows/${name}`)).status, name).toBe(404);
      expect((await server.getJson(`/api/charts/flows/${name}.svg`)).status, name).toBe(404);
    }
    expect((await server.getJson('/api/charts/flows/order-status.svg?version=0')).status).toBe(404);
  });
});
