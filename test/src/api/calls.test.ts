import { describe, expect, it } from 'vitest';
import type { LogEntry } from '../../../runtime/journal.ts';
import { apiAccess } from '../../../src/api/access.ts';
import type { CallDetail, CallDirectory, CallListing } from '../../../src/api/call-directory.ts';
import { callRoutes } from '../../../src/api/calls.ts';
import { Secret } from '../../../src/secret.ts';
import { httpRequest } from '../telephony/http-request.ts';

const sid = (n: number) => `CA${String(n).padStart(32, '0')}`;

const callId = (n: number) => `00000000-0000-4000-8000-00000000000${n}`;

function listing(n: number): CallListing {
  return {
    callId: callId(n),
    callSid: sid(n),
    node: 'n1',
    state: n === 9 ? 'floor.speaking' : 'ended',
    live: n === 9,
    from: '+15550001',
    to: '+15550002',
    direction: 'inbound',
    flow: 'order-status',
    flowVersion: 'v1',
    startedAt: 1_000 * n,
    durationMs: 500,
    outcome: n === 9 ? null : 'completed',
  };
}

const newestFirst = [9, 8, 7, 6, 5].map(listing);
const log: LogEntry[] = [0, 1, 2].map(seq => ({
  seq,
  atMs: seq * 10,
  kind: 'event',
  event: { type: 'caller.spoke' },
}));

const directory: CallDirectory = {
  async list({ limit, before }) {
    const from = before === null ? 0 : newestFirst.findIndex(call => call.callId === before) + 1;
    return newestFirst.slice(from, from + limit);
  },
  async find(id) {
    const call = newestFirst.find(({ callSid, callId }) => callSid === id || callId === id);
    const rest = {
      language: 'en-US',
      turns: [],
      unanswered: ['hello?'],
      facts: { order: '12' },
      moves: [],
      placement: [],
      report: null,
    };
    return call ? ({ ...call, ...rest, parameters: { edge_region: 'fra1' } } satisfies CallDetail) : null;
  },
  async events(callSid, { after, limit }) {
    if (callSid !== sid(9)) return null;
    return log.filter(entry => entry.seq > after).slice(0, limit);
  },
};

function newApi(calls = directory, access = apiAccess({ apiKey: null, publicUrl: null })) {
  const errors: unknown[] = [];
  const routes = callRoutes({ access, calls, onError: error => errors.push(error) });

  async function get(url: string, headers: Record<string, string> = {}, remoteAddress = '127.0.0.1') {
    const { pathname, search } = new URL(url, 'http://localhost');
    const callSid = pathname.split('/')[3];
    const path = callSid === undefined ? pathname : pathname.replace(callSid, ':callSid');
    const route = routes.find(one => one.path === path)!;
    const params = callSid === undefined ? {} : { callSid };
    const answer = await route.handle(
      httpRequest({ path: pathname, params, query: search.slice(1), headers, remoteAddress }),
    );
    return { ...answer, json: JSON.parse(String(answer.body)) };
  }
  return { get, errors };
}

describe('GET /api/calls', () => {
  it('pages through all calls, newest first, each once', async () => {
    const { get } = newApi();
    const seen: string[] = [];
    let next: string | null = null;
    do {
      const { json } = await get(`/api/calls?limit=2${next ? `&before=${next}` : ''}`);
      seen.push(...json.calls.map((call: CallListing) => call.callId));
      next = json.next;
    } while (next !== null);

    expect(seen).toEqual(newestFirst.map(call => call.callId));
  });

  it('has no next page when the last one is exactly full, and is never cached', async () => {
    const { json, headers } = await newApi().get('/api/calls?limit=5');

    expect(json).toEqual({ calls: newestFirst, next: null });
    expect(headers?.['cache-control']).toBe('no-store');
  });

  it('explains a query that it cannot follow', async () => {
    const { get } = newApi();
    for (const query of ['limit=0', 'limit=201', 'limit=x', 'limit=', 'before=', "before='or'"]) {
      const { status, json } = await get(`/api/calls?${query}`);
      expect(status, query).toBe(400);
      expect(json.error).toMatch(query.startsWith('limit') ? /^limit must/ : /^before must/);
    }
  });
});

describe('GET /api/calls/:callSid', () => {
  it('gives the whole call', async () => {
    const { status, json } = await newApi().get(`/api/calls/${sid(9)}`);

    expect(status).toBe(200);
    expect(json).toMatchObject({ state: 'floor.speaking', outcome: null, unanswered: ['hello?'] });
  });

  it('finds a call by our own id, too', async () => {
    const { status, json } = await newApi().get(`/api/calls/${callId(9)}`);

    expect(status).toBe(200);
    expect(json.callSid).toBe(sid(9));
  });

  it('is a 404 for calls that are not known and for what is no call at all', async () => {
    const { get } = newApi();
    for (const callSid of [sid(1), 'CA1', 'x']) {
      expect((await get(`/api/calls/${callSid}`)).status).toBe(404);
      expect((await get(`/api/calls/${callSid}/events`)).status).toBe(404);
    }
  });

  it('keeps the cause of a failure from the client and gives it to the operator', async () => {
    const fault = new Error('canary: connection to db lost');
    const { get, errors } = newApi({ ...directory, find: () => Promise.reject(fault) });
    const { status, body } = await get(`/api/calls/${sid(9)}`);

    expect(status).toBe(503);
    expect(body).not.toContain('canary');
    expect(errors).toEqual([fault]);
  });
});

describe('GET /api/calls/:callSid/events', () => {
  it('gives the event log in order, in pieces if asked', async () => {
    const { get } = newApi();
    expect((await get(`/api/calls/${sid(9)}/events`)).json).toEqual({ events: log, next: null });

    const first = (await get(`/api/calls/${sid(9)}/events?limit=2`)).json;
    expect(first).toEqual({ events: log.slice(0, 2), next: 1 });
    const rest = (await get(`/api/calls/${sid(9)}/events?limit=2&after=${first.next}`)).json;
    expect(rest).toEqual({ events: log.slice(2), next: null });
    expect((await get(`/api/calls/${sid(9)}/events?after=-1`)).status).toBe(400);
  });
});

describe('access to calls', () => {
  const key = 'canary-api-key-0123456789';
  const urls = ['/api/calls', `/api/calls/${sid(9)}`, `/api/calls/${sid(9)}/events`];

  it('needs the key when there is one, on this machine too', async () => {
    const { get } = newApi(directory, apiAccess({ apiKey: new Secret(key), publicUrl: 'https://h' }));
    const wrong = [
      {},
      { authorization: key },
      { authorization: 'Bearer' },
      { authorization: `Bearer ${key}x` },
    ];

    for (const url of urls) {
      for (const headers of wrong) {
        const { status, headers: answered, body } = await get(url, headers as Record<string, string>);
        expect(status).toBe(401);
        expect(answered?.['www-authenticate']).toContain('Bearer');
        expect(body).not.toContain('canary');
      }
      expect((await get(url, { authorization: `bearer ${key}` }, '203.0.113.9')).status).toBe(200);
    }
  });

  it('is for this machine alone when there is no key, and for nobody once there is a public address', async () => {
    const open = newApi();
    const shut = newApi(directory, apiAccess({ apiKey: null, publicUrl: 'https://h' }));

    for (const url of urls) {
      expect((await open.get(url)).status).toBe(200);
      expect((await open.get(url, {}, '203.0.113.9')).status).toBe(401);
      expect((await open.get(url, { 'x-forwarded-for': '203.0.113.9' })).status).toBe(401);
      const refused = await shut.get(url);
      expect(refused.status).toBe(401);
      expect(refused.json.error).toContain('API_KEY');
    }
  });
});
