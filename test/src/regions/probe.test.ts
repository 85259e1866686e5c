import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../runtime/clock.ts';
import { addressProbe, type Fetch, regionProbe } from '../../../src/regions/probe.ts';

const url = 'https://eu.example.com';

/** Looks at a region that answers so, after so long. */
async function look(answer: () => Response | Promise<Response>, { afterMs = 20, region = true } = {}) {
  const clock = new SimulatedClock();
  const asked: string[] = [];
  const fetch: Fetch = async address => {
    asked.push(address);
    await new Promise<void>(resolve => clock.setTimeout(resolve, afterMs));
    return answer();
  };
  const options = { fetch, clock, timeoutMs: 1_000 };
  const probe = region ? regionProbe('eu-central-1', url, options) : addressProbe(url, options);
  const looked = probe();
  await clock.advance(5_000);
  expect(asked).toEqual([region ? `${url}/healthz` : url]);
  expect(clock.pending).toBe(0);
  return looked;
}

const json = (status: number, body: unknown) => () => new Response(JSON.stringify(body), { status });

describe('A look at a region', () => {
  it('tells how long the answer took, and what the node says of itself', async () => {
    expect(await look(json(200, { status: 'ok', calls: 7, maxCalls: 100, region: 'eu-central-1' }))).toEqual({
      latencyMs: 20,
      draining: false,
      calls: 7,
      maxCalls: 100,
    });
    expect(await look(json(200, { status: 'ok', calls: -1, maxCalls: 'many' }))).toMatchObject({
      calls: null,
      maxCalls: null,
    });
    expect(await look(json(503, { status: 'draining', calls: 3 }))).toMatchObject({
      draining: true,
      calls: 3,
    });
  });

  it.each<[string, () => Response | Promise<Response>, string]>([
    ['another status', json(502, { status: 'ok' }), 'answered 502'],
    ['an answer that leads elsewhere', () => new Response(null, { status: 302 }), 'answered 302'],
    ['503 for another reason', json(503, { status: 'ok' }), 'answered 503'],
    ['a page', () => new Response('<html></html>'), 'answers, but not as this product does'],
    ['nothing', () => new Response(''), 'answers, but not as this product does'],
    ['null', json(200, null), 'answers, but not as this product does'],
    [
      'the name of another region',
      json(200, { status: 'ok', region: 'us-east-1' }),
      'says that it is us-east-1',
    ],
    ['an error', () => Promise.reject(new TypeError('fetch failed')), 'cannot be reached'],
    [
      'an error with a cause',
      () => Promise.reject(Object.assign(new TypeError('fetch failed'), { cause: { code: 'ENOTFOUND' } })),
      'cannot be reached (ENOTFOUND)',
    ],
  ])('fails on %s', async (_, answer, failure) => {
    expect(await look(answer)).toEqual({ failure });
  });

  it('is over in time, whether or not the request can be taken back', async () => {
    expect(await look(json(200, { status: 'ok' }), { afterMs: 1_001 })).toEqual({ failure: 'timed out' });
    // The head comes at once, and the body never.
    const endless = () => new Response(new ReadableStream({ start() {} }));
    expect(await look(endless)).toEqual({ failure: 'timed out' });
  });
});

it('A look at an address asks for success and nothing else', async () => {
  const seen = { latencyMs: 20, draining: false, calls: null, maxCalls: null };
  expect(await look(() => new Response('fine'), { region: false })).toEqual(seen);
  expect(await look(() => new Response(null, { status: 204 }), { region: false })).toEqual(seen);
  expect(await look(() => new Response('', { status: 503 }), { region: false })).toEqual({
    failure: 'answered 503',
  });
});
