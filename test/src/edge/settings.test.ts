import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { COMPATIBILITY_DATE } from '../../../src/edge/local.ts';
import { describeEdgeSettings, readEdgeConfig } from '../../../src/edge/settings.ts';

describe('the variables of the Worker', () => {
  it('need none to be set', () => {
    expect(readEdgeConfig({ CALLS: {}, UNKNOWN: 'x' })).toMatchObject({
      edgeSecret: null,
      cloudRegions: {},
      deepgram: null,
      model: null,
      slots: 100,
    });
  });

  it('are refused together, by name and never with their values', () => {
    const wrong = {
      EDGE_SLOTS: 'many',
      CLOUD_REGIONS: 'us-east-1=http://secret.example.com',
      DEEPGRAM_MODEL: '??',
    };
    const refused = () => readEdgeConfig(wrong);
    expect(refused).toThrow(/EDGE_SLOTS: write a whole number/);
    expect(refused).toThrow(/CLOUD_REGIONS: write regions/);
    expect(refused).not.toThrow(/secret\.example|many|\?\?/);
  });

  it.each([
    [{ CLOUD_REGIONS: 'us-east-1=https://us.example.com' }, 'EDGE_SECRET: CLOUD_REGIONS needs it'],
    [{ TWILIO_AUTH_TOKEN: '0123456789abcdef' }, 'PUBLIC_URL: TWILIO_AUTH_TOKEN needs it'],
  ])('are refused when they lack what they need: %o', (variables, problem) => {
    expect(() => readEdgeConfig(variables)).toThrow(problem);
  });

  it('are those that wrangler.jsonc sets', async () => {
    const text = await readFile(new URL('../../../wrangler.jsonc', import.meta.url), 'utf8');
    const { vars, compatibility_date } = JSON.parse(text.replace(/^\s*\/\/.*$/gm, '')) as {
      vars: Record<string, string>;
      compatibility_date: string;
    };
    expect(compatibility_date).toBe(COMPATIBILITY_DATE);
    const known = describeEdgeSettings().map(({ name }) => name);

    expect(known).toEqual(expect.arrayContaining(Object.keys(vars)));
    expect(readEdgeConfig({ ...vars, EDGE_SECRET: 'edge-and-cloud-know-this' }).publicUrl).toBe(
      vars.PUBLIC_URL,
    );
  });
});
