import { describe, expect, it } from 'vitest';
import { type ConfigError, loadConfig } from '../../../src/config.ts';
import { REGION_NAMES } from '../../../src/regions/cloud-regions.ts';
import { modelsIn } from '../../../src/regions/models.ts';
import { readRegionUrls } from '../../../src/regions/region-urls.ts';
import { toldFrom } from '../../../src/regions/routed-to.ts';
import { httpRequest } from '../telephony/http-request.ts';

describe('CLOUD_REGIONS', () => {
  it('names the origins of regions', () => {
    const text = 'us-east-1=https://us.example.com, eu-central-1=https://eu.example.com:8443/';
    const urls = { 'us-east-1': 'https://us.example.com', 'eu-central-1': 'https://eu.example.com:8443' };
    expect(readRegionUrls(text)).toEqual(urls);
    expect(loadConfig({ CLOUD_REGIONS: text, AYBIZA_REGION: 'us-east-1' })).toMatchObject({
      cloudRegions: urls,
      region: 'us-east-1',
    });
    expect(loadConfig({})).toMatchObject({ cloudRegions: {}, region: null, sipPartnersFile: null });
    expect(readRegionUrls('us-east-1=http://127.0.0.1:9000')).toEqual({
      'us-east-1': 'http://127.0.0.1:9000',
    });
  });

  it.each([
    '',
    'us-east-1',
    'moon-1=https://moon.example.com',
    'us-east-1=http://us.example.com',
    'us-east-1=https://us.example.com/path',
    'us-east-1=https://user:pass@us.example.com',
    'us-east-1=https://us.example.com?a=b',
    'us-east-1=https://a.example.com,us-east-1=https://b.example.com',
    'us-east-1=https://a.example.com,',
    'us-east-1=wss://a.example.com',
  ])('is refused as %j', text => {
    expect(readRegionUrls(text)).toBeNull();
  });

  it('and a region that is none are told of with what to write', () => {
    const problems = (env: Record<string, string>) => {
      try {
        loadConfig(env);
        return '';
      } catch (error) {
        return (error as ConfigError).message;
      }
    };
    expect(problems({ CLOUD_REGIONS: 'us-east-1', AYBIZA_REGION: 'mars-1' })).toMatch(
      /AYBIZA_REGION: write one of us-east-1, .+\n.+CLOUD_REGIONS: write regions with their origins/,
    );
  });
});

describe('A region', () => {
  it('sells a fast model and one for every other role', () => {
    for (const name of REGION_NAMES) {
      const models = modelsIn(name, '2026-11-21');
      expect(new Set(models.map(({ role }) => role)), name).toEqual(new Set(['fast', 'balanced', 'deep']));
    }
    const areas = (name: (typeof REGION_NAMES)[number]) =>
      new Set(modelsIn(name, '2026-11-21').flatMap(model => model.areas));
    expect(areas('eu-central-1')).toContain('eu');
    // Nothing that is sold in London promises to stay there.
    expect(areas('eu-west-2')).toEqual(new Set(['anywhere']));
  });

  it('is told in every answer of a node that knows where it is, unless the answer names another', async () => {
    const routes = [{}, { headers: { 'x-routed-to': 'eu-west-2' } }].map((more, at) => ({
      method: 'GET' as const,
      path: `/${at}`,
      handle: () => ({ status: 200, ...more }),
    }));
    const told = async (region: 'us-east-1' | null) =>
      Promise.all(toldFrom(region, routes).map(async route => (await route.handle(httpRequest())).headers));
    expect(await told('us-east-1')).toEqual([{ 'x-routed-to': 'us-east-1' }, { 'x-routed-to': 'eu-west-2' }]);
    expect(await told(null)).toEqual([undefined, { 'x-routed-to': 'eu-west-2' }]);
  });
});
