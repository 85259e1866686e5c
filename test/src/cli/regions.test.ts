import { afterEach, describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../runtime/clock.ts';
import type { Server } from '../../../runtime/cloud/transport.ts';
import { listenWs } from '../../../runtime/cloud/ws.ts';
import { keyedAccess } from '../../../src/api/access.ts';
import { regionRoutes, type ToldRegions } from '../../../src/api/regions.ts';
import { type RegionsFlags, tellRegions } from '../../../src/cli/regions.ts';
import { Partners } from '../../../src/regions/partners.ts';
import { Regions } from '../../../src/regions/regions.ts';
import { samplePartners } from '../../../src/regions/sip-partners.ts';
import { Secret } from '../../../src/secret.ts';
import { serverOptions } from '../../runtime/cloud/under-test.ts';
import { allUrls, SimulatedRegions } from '../regions/simulated-regions.ts';

const KEY = 'a-key-that-is-long-enough';
let server: Server | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

/** A node in Virginia whose neighbour in Frankfurt died after half a minute. */
async function serve() {
  const clock = new SimulatedClock(Date.UTC(2026, 10, 21));
  const simulated = new SimulatedRegions(clock, { 'eu-central-1': [{ fromMs: 30_000, mood: 'refuses' }] });
  simulated.calls.set('us-east-1', 12);
  const regions = new Regions({ urls: allUrls, own: 'us-east-1', clock, fetch: simulated.fetch });
  const partners = new Partners({
    partners: samplePartners,
    areSamples: true,
    clock,
    fetch: simulated.fetch,
  });
  regions.start();
  await clock.advance(60_400);
  const access = keyedAccess(new Secret(KEY));
  const now = () => clock.now();
  server = await listenWs(
    serverOptions({
      http: regionRoutes({ access, regions, partners, now, wallTime: () => clock.wallTime() }),
    }),
  );
  const url = `http://127.0.0.1:${server.port}`;
  const get = async (
    query: string,
    headers = { authorization: `Bearer ${KEY}` } as Record<string, string>,
  ) => {
    const response = await fetch(`${url}/api/regions${query}`, { headers });
    return { status: response.status, body: (await response.json()) as ToldRegions & { error?: string } };
  };
  const print = async (flags: Partial<RegionsFlags> = {}, env: Record<string, string> = { API_KEY: KEY }) => {
    const printed: string[] = [];
    const all = { server: url, apiKeyEnv: 'API_KEY', json: false, ...flags };
    await tellRegions(all, text => printed.push(text), env);
    return printed.join('\n');
  };
  return { get, print };
}

describe('GET /api/regions', () => {
  it('tells of each region how it is, whether the caller’s data may be there, and its score, and why', async () => {
    const { get } = await serve();
    const { body } = await get('?country=de&residency=eu,uk');
    expect(body).toMatchObject({
      own: 'us-east-1',
      country: 'DE',
      residency: ['eu', 'uk'],
      choice: {
        region: 'eu-west-2',
        text: expect.stringMatching(
          /^eu and uk only, so eu-west-2 for DE .+ because eu-central-1 is unhealthy/,
        ),
      },
    });
    expect(body.regions.map(({ name, allowed, score }) => [name, allowed, score !== null])).toEqual([
      ['eu-central-1', true, false],
      ['eu-west-2', true, true],
      ['us-east-1', false, false],
      ['us-west-2', false, false],
      ['ap-southeast-1', false, false],
    ]);
    const [frankfurt, london, virginia] = body.regions;
    expect(frankfurt).toMatchObject({
      city: 'Frankfurt',
      country: 'DE',
      area: 'eu',
      colos: ['FRA', 'MUC', 'AMS', 'CDG'],
      health: { status: 'unhealthy', forS: 29, failure: 'cannot be reached (ECONNREFUSED)' },
      why: 'is unhealthy: cannot be reached (ECONNREFUSED)',
    });
    expect(frankfurt?.models).toContainEqual({
      id: 'claude-haiku-4-5',
      role: 'fast',
      areas: ['eu', 'anywhere'],
    });
    expect(london).toMatchObject({ load: 0, health: { status: 'healthy', medianMs: 20, lossShare: 0 } });
    expect(virginia).toMatchObject({ load: null, why: 'is in us, and the data has to stay in eu and uk' });
  });

  it('says what to write instead of a country or an area that is none, and lets nobody in without the key', async () => {
    const { get } = await serve();
    expect((await get('?country=XX')).status).toBe(400);
    expect((await get('?country=XX')).body.error).toContain('ISO 3166-1 code, as DE');
    expect((await get('?residency=moon')).body.error).toContain('some of us, eu, uk');
    expect((await get('?residency=')).status).toBe(400);
    expect((await get('', {})).status).toBe(401);
  });

  it('tells of SIP partners, and that they are samples, without their health addresses', async () => {
    const { get } = await serve();
    const { sipPartners } = (await get('?country=MX')).body;
    expect(sipPartners).toMatchObject({
      areSamples: true,
      choice: { partner: 'latam-sip-primary', text: expect.stringContaining('primary of latam') },
    });
    expect(sipPartners.partners).toHaveLength(samplePartners.length);
    expect(sipPartners.partners[0]).toMatchObject({
      countries: ['MX', 'CO', 'AR', 'CL', 'PE'],
      role: 'primary',
    });
    expect(JSON.stringify(sipPartners)).not.toContain('healthUrl');
    expect((await get('')).body.sipPartners.choice).toBeNull();
    expect((await get('?country=JP')).body.sipPartners.choice).toEqual({
      refusal: 'No SIP partner covers JP: add one to SIP_PARTNERS.',
    });
  });
});

describe('aybiza regions', () => {
  it('prints the same as tables, with the choice in a sentence', async () => {
    const { print } = await serve();
    const text = await print({ country: 'DE' });
    expect(text).toMatch(/^region +city +area +health +median +load +score$/m);
    expect(text).toMatch(/^us-east-1 \(here\) +N\. Virginia +us +healthy for 60 s +95 ms +12 % +\d+$/m);
    expect(text).toMatch(
      /^eu-central-1 +Frankfurt +eu +unhealthy for 29 s +8 ms +0 % +– +is unhealthy: cannot be reached/m,
    );
    expect(text).toMatch(/^eu-west-2 for DE \(measured .+\), because eu-central-1 is unhealthy: .+\.$/m);
    expect(text).toContain('SIP partners (samples, which stand for nobody');
    expect(text).toMatch(/^europe-sip-primary +europe +primary +ES FR DE GB +\$0\.012 +unknown$/m);
    expect(text).toMatch(/^europe-sip-primary for DE .+\.$/m);
    expect(JSON.parse(await print({ json: true }))).toMatchObject({ own: 'us-east-1', country: null });
  });

  it('prints what the server refuses, and says when there is none', async () => {
    const { print } = await serve();
    await expect(print({ country: 'XX' })).rejects.toThrow('ISO 3166-1');
    await expect(print({}, {})).rejects.toThrow('refuses');
    await expect(print({ server: 'http://127.0.0.1:9' })).rejects.toThrow('No server answers');
  });
});
