import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SimulatedClock } from '../../../runtime/clock.ts';
import { type Health, unknownHealth } from '../../../src/regions/health.ts';
import { Partners } from '../../../src/regions/partners.ts';
import type { Fetch } from '../../../src/regions/probe.ts';
import { choosePartner } from '../../../src/regions/sip-choice.ts';
import { readPartners } from '../../../src/regions/sip-file.ts';
import { MARKETS, type SipPartner, samplePartners } from '../../../src/regions/sip-partners.ts';

const partner = (over: Partial<SipPartner>): SipPartner => ({
  name: 'one',
  market: 'europe',
  role: 'primary',
  countries: ['DE'],
  features: [],
  usdPerMinute: 0.01,
  healthUrl: null,
  ...over,
});
const backup = partner({ name: 'two', role: 'backup', usdPerMinute: 0.02 });

function chosen(healths: Readonly<Record<string, Partial<Health>>>, partners = [partner({}), backup]) {
  const views = partners.map(one => ({
    partner: one,
    health: { ...unknownHealth(0), status: 'healthy' as const, ...healths[one.name] },
  }));
  const choice = choosePartner('de', views);
  return 'refusal' in choice ? choice.refusal : `${choice.partner.name}: ${choice.text}`;
}

describe('The SIP partner of a call', () => {
  it('is the primary of its country, and the backup while that does not take calls well', () => {
    expect(chosen({})).toBe(
      'one: one for DE (primary of europe, $0.01 a minute, healthy), because it is the best primary there.',
    );
    expect(chosen({ one: { status: 'unhealthy', failure: 'answered 503' } })).toBe(
      'two: two for DE (backup of europe, $0.02 a minute, healthy), because one is unhealthy: answered 503.',
    );
    expect(chosen({ one: { draining: true } })).toMatch(/^two: .+ because one takes no new calls\.$/);
    expect(chosen({ one: { status: 'degraded' } })).toMatch(/^two: .+ because one is degraded\.$/);
    expect(chosen({ one: { status: 'degraded' }, two: { status: 'degraded' } })).toMatch(/^one: /);
    expect(chosen({ one: { status: 'unknown' } })).toMatch(/^one: .+not looked at/);
  });

  it('is the cheaper of two alike', () => {
    const cheap = partner({ name: 'cheap', usdPerMinute: 0.001 });
    expect(chosen({}, [partner({}), backup, cheap])).toMatch(/^cheap: /);
  });

  it('is nobody, with a sentence, where nobody covers the country or takes calls', () => {
    expect(choosePartner('JP', [])).toEqual({
      refusal: 'No SIP partner covers JP: add one to SIP_PARTNERS.',
    });
    const out = { status: 'unhealthy', failure: 'timed out' } as const;
    expect(chosen({ one: out, two: out })).toBe(
      'No SIP partner takes calls of DE: one is unhealthy: timed out; two is unhealthy: timed out.',
    );
  });

  it('covers the country and takes calls, whatever the state of them all', () => {
    const status = fc.constantFrom('unknown', 'healthy', 'degraded', 'unhealthy');
    const health = fc
      .record({ status, draining: fc.boolean() })
      .map(over => ({ ...unknownHealth(0), ...over }));
    const all = fc.tuple(...samplePartners.map(() => health));
    fc.assert(
      fc.property(all, fc.constantFrom('MX', 'US', 'DE', 'JP', 'br'), (healths, country) => {
        const views = samplePartners.map((one, at) => ({ partner: one, health: healths[at] as Health }));
        const choice = choosePartner(country, views);
        const able = views.filter(
          view =>
            view.partner.countries.includes(country) &&
            view.health.status !== 'unhealthy' &&
            !view.health.draining,
        );
        const used = 'refusal' in choice ? [] : [choice.partner, ...choice.others];
        expect(new Set(used)).toEqual(new Set(able.map(view => view.partner)));
      }),
    );
  });
});

describe('SIP partners', () => {
  it('come with samples: a primary and a backup in each market, with what each covers and costs', () => {
    for (const market of MARKETS) {
      const there = samplePartners.filter(one => one.market === market);
      expect(there.map(({ role }) => role)).toEqual(['primary', 'backup']);
      for (const { countries, features, usdPerMinute } of there) {
        expect(countries.length * features.length).toBeGreaterThan(0);
        expect(usdPerMinute).toBeGreaterThan(0);
      }
    }
  });

  it('are given no call within 5 s of failing at their health address, and calls again when they answer', async () => {
    const clock = new SimulatedClock();
    let isUp = true;
    const fetch: Fetch = async () => new Response(null, { status: isUp ? 204 : 500 });
    const primary = partner({ healthUrl: 'https://status.example.com' });
    const partners = new Partners({ partners: [primary, backup], areSamples: false, clock, fetch });
    const now = () => {
      const choice = partners.choose('DE');
      return 'refusal' in choice ? null : choice.partner.name;
    };
    partners.start();
    await clock.advance(10_000);
    expect(now()).toBe('one');
    isUp = false;
    await clock.advance(5_000);
    expect(now()).toBe('two');
    isUp = true;
    await clock.advance(15_000);
    expect(now()).toBe('one');
    await partners.stop();
  });

  it('that only failed calls tell of are out with the first, and tried again after a while', async () => {
    const clock = new SimulatedClock();
    const fetch: Fetch = () => Promise.reject(new Error('Nobody is asked.'));
    const partners = new Partners({ partners: [partner({}), backup], areSamples: false, clock, fetch });
    partners.start();
    partners.failed('one', 'busy everywhere');
    expect(partners.choose('DE')).toMatchObject({
      partner: backup,
      text: expect.stringContaining('one is unhealthy: busy everywhere'),
    });
    await clock.advance(31_000);
    expect(partners.choose('DE')).toMatchObject({ partner: { name: 'one' } });
  });
});

describe('The file of SIP partners', () => {
  function file(content: string): string {
    const folder = mkdtempSync(join(tmpdir(), 'aybiza-partners-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'partners.json');
    writeFileSync(path, content);
    return path;
  }
  const read = (content: unknown) => readPartners(file(JSON.stringify(content)));

  it('replaces the samples', async () => {
    const { features, healthUrl, ...least } = partner({});
    expect(await read([least, { ...backup, healthUrl: 'https://status.example.com/v1' }])).toEqual([
      partner({}),
      { ...backup, healthUrl: 'https://status.example.com/v1' },
    ]);
    expect(await read(samplePartners)).toEqual(samplePartners);
  });

  it('is refused with everything that is wrong with it, and what to write instead', async () => {
    const wrong = [
      { ...partner({}), countries: ['de', 'XX'], usdPerMinute: -1, healthUrl: 'ftp://x', trunk: 'sip:x' },
      { ...partner({}), market: 'moon', role: 'third' },
      partner({}),
      partner({}),
    ];
    const error = await read(wrong).catch((thrown: Error) => thrown.message);
    for (const line of [
      'SIP_PARTNERS',
      '0: there is no field trunk',
      '0.countries.0: write an ISO 3166-1 code in capitals, as DE.',
      '0.countries.1: write an ISO 3166-1 code in capitals, as DE.',
      '0.usdPerMinute: write 0 or more.',
      '0.healthUrl: write an http(s) address, or null.',
      '1.market: write one of latam, north-america, europe.',
      '1.role: write primary or backup.',
    ])
      expect(error).toContain(line);
    await expect(read([partner({}), partner({})])).rejects.toThrow(
      '1.name: write another name; one is taken.',
    );
    await expect(read([])).rejects.toThrow('write a partner, or leave SIP_PARTNERS out.');
    await expect(readPartners(file('{'))).rejects.toThrow('write JSON, an array of partners');
    await expect(readPartners('/nowhere/at/all.json')).rejects.toThrow('it cannot be read (ENOENT)');
  });
});
