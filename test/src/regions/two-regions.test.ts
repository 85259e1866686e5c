import { EventEmitter, once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock as clock } from '../../../runtime/clock.ts';
import { loadAgents } from '../../../src/agents.ts';
import type { ToldRegions } from '../../../src/api/regions.ts';
import { PhoneCall } from '../../../src/caller/phone-call.ts';
import { loadConfig } from '../../../src/config.ts';
import { type NodeRegions, openRegions } from '../../../src/regions/open.ts';
import { WireServer, within } from '../../harness/wire-server.ts';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const part of opened.splice(0).reverse()) await part.close();
});

interface Node {
  server: WireServer;
  regions: NodeRegions;
  complaints: string[];
  /** Settles when the region has been found so. */
  sees(region: string, status: string): Promise<void>;
  close(): Promise<void>;
}

/** A node of a region, on a port of this machine. */
async function start(env: Record<string, string>): Promise<Node> {
  const complaints: string[] = [];
  const complain = (fields: object, message: string) =>
    complaints.push(`${message} ${(fields as { because?: string }).because ?? ''}`.trim());
  const config = loadConfig(env);
  const seen = new Set<string>();
  const news = new EventEmitter();
  const note = (fields: { region?: string; status?: string }) => {
    seen.add(`${fields.region} ${fields.status}`);
    news.emit('seen');
  };
  const log = {
    info: note,
    warn(fields: object, message: string) {
      complain(fields, message);
      note(fields);
    },
    error: complain,
  };
  const regions = await openRegions({ config, agents: await loadAgents(config), clock, log });
  const server = await WireServer.start({ transport: 'ws', env, regions });
  let closed = false;
  const node = {
    server,
    regions,
    complaints,
    async sees(region: string, status: string) {
      while (!seen.has(`${region} ${status}`))
        await within(
          once(news, 'seen').then(() => {}),
          () => `${region} to be ${status}`,
        );
    },
    async close() {
      if (closed) return;
      closed = true;
      await server.close();
      await regions.close();
    },
  };
  opened.push(node);
  return node;
}

/** Virginia, which knows of Frankfurt and London. */
async function threeRegions(env: Record<string, string> = {}) {
  const frankfurt = await start({ AYBIZA_REGION: 'eu-central-1', ...env });
  const london = await start({ AYBIZA_REGION: 'eu-west-2', ...env });
  const virginia = await start({
    AYBIZA_REGION: 'us-east-1',
    CLOUD_REGIONS: `eu-central-1=${frankfurt.server.url},eu-west-2=${london.server.url}`,
    ...env,
  });
  return { frankfurt, london, virginia };
}

async function dial({ server }: Node) {
  const verbs: string[] = [];
  const phone = new PhoneCall(server.url, {
    from: '+4930123456',
    to: '+12025550100',
    fields: { FromCountry: 'DE' },
    hearing: 'bytes',
  });
  phone.on('verb', ({ verb }) => verbs.push(verb));
  await phone.begin();
  return { phone, verbs };
}

async function voiceWebhook({ server }: Node) {
  const form = { CallSid: `CA${'7'.repeat(32)}`, From: '+4930123456', To: '+12025550100', FromCountry: 'DE' };
  const body = new URLSearchParams({ ...form, Direction: 'inbound', CallStatus: 'ringing' });
  const response = await fetch(`${server.url}/api/twilio/voice?EdgeRegion=fra1`, { method: 'POST', body });
  return { routedTo: response.headers.get('x-routed-to'), twiml: await response.text() };
}

describe('Callers whose data has to stay in Europe, who reach a node in Virginia', () => {
  const env = { DATA_RESIDENCY: 'eu,uk' };

  it('talk to the node in Frankfurt, and when that dies the next ones to the node in London', async () => {
    const { frankfurt, london, virginia } = await threeRegions(env);
    const first = await dial(virginia);
    const call = await frankfurt.server.call(first.phone.callSid);
    expect(call.start.parameters).toMatchObject({
      region: 'eu-central-1',
      region_choice: 'eu and uk only, so eu-central-1, where us-east-1 sent the caller.',
    });
    expect(first.verbs).toEqual(['redirect', 'connect']);
    await first.phone.hangUp();

    await frankfurt.close();
    const second = await dial(virginia);
    expect((await london.server.call(second.phone.callSid)).start.parameters.region).toBe('eu-west-2');
    await second.phone.hangUp();
    expect(virginia.server.hasBegun(first.phone.callSid)).toBe(false);
    expect(virginia.server.hasBegun(second.phone.callSid)).toBe(false);
  });

  it('are sent on with what their webhook wished, and the answer names the region', async () => {
    const { frankfurt, virginia } = await threeRegions(env);
    const { routedTo, twiml } = await voiceWebhook(virginia);
    expect(routedTo).toBe('eu-central-1');
    expect(twiml).toContain(
      `<Redirect method="POST">${frankfurt.server.url}/api/twilio/voice?EdgeRegion=fra1&amp;RoutedFrom=us-east-1</Redirect>`,
    );
    expect((await voiceWebhook(frankfurt)).routedTo).toBe('eu-central-1');
  });

  it('are told so by Virginia when nobody in Europe answers, and are never taken there', async () => {
    const { frankfurt, london, virginia } = await threeRegions(env);
    await Promise.all([frankfurt.close(), london.close()]);
    const { phone, verbs } = await dial(virginia);
    await within(phone.ended(), () => 'the end of the call');
    expect(verbs).toEqual(['say', 'hangup']);
    expect(virginia.server.hasBegun(phone.callSid)).toBe(false);
    expect(virginia.complaints.join()).toMatch(
      /No region in eu and uk, where the data has to stay, takes calls: eu-central-1 .+ECONNREFUSED.+; eu-west-2 .+ECONNREFUSED/,
    );
  });
});

it('Callers of a full node are sent on, and heard there', async () => {
  const frankfurt = await start({ AYBIZA_REGION: 'eu-central-1' });
  const virginia = await start({
    AYBIZA_REGION: 'us-east-1',
    CLOUD_REGIONS: `eu-central-1=${frankfurt.server.url}`,
    MAX_CALLS: '1',
  });
  const first = await dial(virginia);
  await virginia.server.call(first.phone.callSid);
  const second = await dial(virginia);
  await frankfurt.server.call(second.phone.callSid);
  await Promise.all([first.phone.hangUp(), second.phone.hangUp()]);
});

it('GET /api/regions of a node tells how its neighbours are, and that one has died', async () => {
  const { frankfurt, virginia } = await threeRegions();
  const read = async (query = '') => {
    const { body } = await virginia.server.getJson(`/api/regions${query}`);
    return body as ToldRegions;
  };
  const healthOf = async (name: string) =>
    (await read()).regions.find(region => region.name === name)!.health;

  await virginia.sees('eu-central-1', 'healthy');
  expect(await healthOf('eu-central-1')).toMatchObject({
    calls: 0,
    maxCalls: 100,
    draining: false,
    failure: null,
  });
  expect((await read('?country=de')).choice).toMatchObject({ region: 'eu-central-1' });

  await frankfurt.close();
  await virginia.sees('eu-central-1', 'unhealthy');
  const { choice, regions } = await read('?country=DE');
  expect(choice).toMatchObject({
    region: 'eu-west-2',
    text: expect.stringContaining('eu-central-1 is unhealthy'),
  });
  expect(regions.map(({ name, score }) => [name, score !== null])).toEqual([
    ['eu-central-1', false],
    ['eu-west-2', true],
    ['us-east-1', false],
    ['us-west-2', false],
    ['ap-southeast-1', false],
  ]);
  expect(virginia.complaints).toContain('A region takes no calls.');
});
