import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../runtime/clock.ts';
import type { Area } from '../../../src/language/areas.ts';
import { callRouting } from '../../../src/regions/call-routing.ts';
import type { RegionName } from '../../../src/regions/cloud-regions.ts';
import type { RegionUrls } from '../../../src/regions/region-urls.ts';
import { Regions } from '../../../src/regions/regions.ts';
import type { RoutingMoment } from '../../../src/telephony/call-routing.ts';
import type { ExpectedCall } from '../../../src/telephony/reception.ts';
import { allUrls, type Mood, SimulatedRegions, urlOf } from './simulated-regions.ts';

const OURS = '+15550002';
const call: ExpectedCall = {
  callSid: `CA${'0'.repeat(32)}`,
  accountSid: 'AC0',
  from: '+4930123456',
  to: OURS,
  direction: 'inbound',
  callStatus: 'ringing',
  parameters: { FromCountry: 'DE' },
  resume: false,
};

interface Node {
  own?: RegionName | null;
  residency?: readonly Area[] | null;
  urls?: RegionUrls;
  moods?: Partial<Record<RegionName, Mood>>;
}

/** A node in Virginia, unless told otherwise. */
function node({ own = 'us-east-1', residency = null, urls = allUrls, moods = {} }: Node) {
  const clock = new SimulatedClock();
  const schedules = Object.entries(moods).map(([name, mood]) => [name, [{ fromMs: 0, mood }]]);
  const simulated = new SimulatedRegions(clock, Object.fromEntries(schedules));
  const regions = new Regions({ urls, own, clock, fetch: simulated.fetch });
  const told: string[] = [];
  const log = { info: (fields: object) => told.push(JSON.stringify(fields)), warn() {}, error() {} };
  const asked: string[] = [];
  const residencyOf = (number: string) => {
    asked.push(number);
    return residency;
  };
  const routing = callRouting({ regions, residencyOf, log });
  return {
    clock,
    simulated,
    told,
    asked,
    async route(moment: Partial<RoutingMoment> = {}, of: ExpectedCall = call) {
      const routed = routing.route(of, { canTake: true, routedFrom: '', ...moment });
      await clock.advance(5_000);
      return routed;
    },
  };
}

describe('A call that reaches a node', () => {
  it('is taken there when its data may be there, nearer regions or not, and the record tells', async () => {
    const { route, simulated } = node({});
    expect(await route()).toEqual({
      here: true,
      parameters: { region: 'us-east-1', region_choice: 'us-east-1, where the call came in.' },
    });
    expect(simulated.asked).toEqual([]);
  });

  it('is sent on to the region where its data may be, when it may not be there', async () => {
    const { route, told, asked } = node({ residency: ['eu'] });
    expect(await route()).toEqual({
      origin: urlOf('eu-central-1'),
      region: 'eu-central-1',
      from: 'us-east-1',
      text: expect.stringMatching(
        /^eu only, so eu-central-1 for DE \(expected 7 ms, not looked at yet\), because/,
      ),
    });
    expect(asked).toEqual([OURS]);
    expect(told.join()).toContain('eu only');
    expect(told.join()).not.toContain('+49');
  });

  it('has the residency of the number of ours, whichever side called', async () => {
    const { route, asked } = node({});
    await route({}, { ...call, direction: 'outbound', from: OURS, to: '+4930123456' });
    expect(asked).toEqual([OURS]);
  });

  it('is sent on when the node drains or is full, and to nobody who does either', async () => {
    const { route } = node({ moods: { 'eu-central-1': 'draining', 'eu-west-2': 'refuses' } });
    // A node far off is better than the busy tone.
    expect(await route({ canTake: false })).toMatchObject({
      region: 'us-west-2',
      text: expect.stringMatching(/eu-west-2 does not answer: cannot be reached \(ECONNREFUSED\)/),
    });
  });

  it('is not sent to a region that died a moment ago', async () => {
    const { route, simulated } = node({ residency: ['eu', 'uk'], moods: { 'eu-central-1': 'silent' } });
    expect(await route()).toMatchObject({ region: 'eu-west-2' });
    expect(simulated.asked).toEqual(['eu-central-1', 'eu-west-2']);
  });

  it('is left to the node where nobody else is: it turns callers away itself', async () => {
    const down = { 'eu-west-2': 'refuses', 'us-west-2': 'errors', 'ap-southeast-1': 'silent' } as const;
    const { route } = node({ moods: { ...down, 'eu-central-1': 'refuses' } });
    expect(await route({ canTake: false })).toMatchObject({ here: true });
  });

  it('is refused, with a sentence, when no region where its data may be answers: it is never taken elsewhere', async () => {
    const { route } = node({ residency: ['eu'], moods: { 'eu-central-1': 'refuses' } });
    expect(await route()).toEqual({
      refusal:
        'No region in eu, where the data has to stay, takes calls: ' +
        'eu-central-1 does not answer: cannot be reached (ECONNREFUSED).',
    });
    const alone = node({ residency: ['eu'], urls: {} });
    expect(await alone.route()).toEqual({
      refusal:
        'No region in eu, where the data has to stay, takes calls: eu-central-1 has no address (CLOUD_REGIONS names none).',
    });
  });

  it('that was sent on is taken, full or not, and never sent on again', async () => {
    const here = node({ own: 'eu-central-1', residency: ['eu'] });
    expect(await here.route({ routedFrom: 'us-east-1' })).toEqual({
      here: true,
      parameters: {
        region: 'eu-central-1',
        region_choice: 'eu only, so eu-central-1, where us-east-1 sent the caller.',
      },
    });
    expect(await here.route({ routedFrom: 'us-east-1', canTake: false })).toMatchObject({ here: true });
    const astray = node({ residency: ['eu'] });
    expect(await astray.route({ routedFrom: 'eu-west-2' })).toMatchObject({
      refusal: expect.stringMatching(
        /^eu-west-2 sent a caller to us-east-1, where the data may not be \(eu only\)/,
      ),
    });
    expect([...here.simulated.asked, ...astray.simulated.asked]).toEqual([]);
  });

  it('is taken by a node that does not know where it is, unless its data has to stay and others know', async () => {
    const nowhere = { own: null, residency: ['eu'] } as const;
    expect(await node({ ...nowhere, urls: {} }).route()).toEqual({ here: true, parameters: {} });
    expect(await node({ own: null }).route({ canTake: false })).toMatchObject({ here: true });
    expect(await node(nowhere).route()).toMatchObject({ region: 'eu-central-1', from: 'unnamed' });
  });
});
