import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Outcome } from '../../../machines/call-events.ts';
import { SimulatedClock } from '../../../runtime/clock.ts';
import { listenWs } from '../../../runtime/cloud/ws.ts';
import { keyedAccess } from '../../../src/api/access.ts';
import { flowRoutes } from '../../../src/api/flows.ts';
import { type ResultsFlags, resultsCommand, tellResults } from '../../../src/cli/results.ts';
import { compareVersions } from '../../../src/cli/results-text.ts';
import { flowResults, rate, type VersionResult } from '../../../src/flows/results.ts';
import { Secret } from '../../../src/secret.ts';
import type { Database } from '../../../src/storage/database.ts';
import { migrate } from '../../../src/storage/migrate.ts';
import { openDatabase, type StorageOptions } from '../../../src/storage/open.ts';
import { serverOptions } from '../../runtime/cloud/under-test.ts';
import { recordBackends } from '../companies/records.ts';
import { sampleStart, sampleSummary, sampleTurn } from '../storage/sample-calls.ts';
import { keptLog } from '../storage/watched-jobs.ts';

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 10, 20, 12);
const KEY = 'a-key-that-is-long-enough';
const clock = new SimulatedClock(NOW);

for (const backend of recordBackends)
  describe.skipIf(backend.absent)(`aybiza results on ${backend.name}`, { timeout: 120_000 }, () => {
    let place: Pick<StorageOptions, 'databaseUrl' | 'dataDir'>;
    let remove: () => Promise<void>;
    const open = () => openDatabase({ ...place, log: keptLog() }, () => {});

    beforeAll(async () => {
      ({ place, remove } = await backend.prepare());
      const database = await open();
      await migrate(database);
      await keep(database, 'orders', 'old', 'completed', 60, 5);
      await keep(database, 'orders', 'old', 'hungUp', 40, 5);
      await keep(database, 'orders', 'new', 'completed', 90, 2);
      await keep(database, 'orders', 'new', 'hungUp', 10, 2);
      await keep(database, 'orders', 'newest', 'completed', 2, 1);
      await keep(database, 'orders', 'newest', 'transferred', 1, 1);
      await keep(database, 'orders', 'forgotten', 'completed', 3, 60);
      await keep(database, 'surveys', 'only', 'silence', 1, 3);
      await database.close();
    });
    afterAll(() => remove?.());

    async function results(flow: string | null, flags: Partial<ResultsFlags> = {}, env = {}) {
      const printed: string[] = [];
      const told: string[] = [];
      const all = { days: 30, apiKeyEnv: 'API_KEY', json: false, ...flags };
      const settings = {
        AYBIZA_DATA_DIR: place.dataDir,
        DATABASE_URL: place.databaseUrl ?? '',
        ...env,
      };
      const output = { print: (text: string) => printed.push(text), tell: (text: string) => told.push(text) };
      await tellResults(flow, all, output, settings, clock);
      return { text: printed.join('\n'), told };
    }

    it('shows the versions of a flow side by side, the latest first, and none of before', async () => {
      const { text } = await results('orders');

      const row = (name: string) =>
        (text.split('\n').find(line => line.trimStart().startsWith(name)) ?? '')
          .trim()
          .split(/\s{2,}/)
          .slice(1);
      expect(text.split('\n')[0]).toBe('orders');
      expect(row('version')).toEqual(['newest', 'new', 'old']);
      expect(row('calls')).toEqual(['3', '100', '100']);
      expect(row('last')).toEqual(['2026-11-19 12:00', '2026-11-18 12:00', '2026-11-15 12:00']);
      expect(row('completed')).toEqual(['67 % (21–94 %), 2', '90 % (83–94 %), 90', '60 % (50–69 %), 60']);
      expect(row('transferred')[0]).toBe('33 % (6–79 %), 1');
      expect(row('mean duration')).toEqual(['60.0 s', '60.0 s', '60.0 s']);
      expect(row('not understood')).toEqual(['50.0 per 100', '50.0 per 100', '50.0 per 100']);
      expect(row('model cost')).toEqual(['$0.0200 a call', '$0.0200 a call', '$0.0200 a call']);
      expect(row('ended in')).toEqual(['2 in completed', '90 in completed', '60 in completed']);
      expect(text).not.toContain('forgotten');
      expect((await results('orders', { days: 90 })).text).toContain('forgotten');
    });

    it('says of each pair of versions in a sentence whether one does better', async () => {
      const { text } = await results('orders');

      const [newestNew, newestOld, newOld, ...others] = text.split('\n\n')[1]?.split('\n') ?? [];
      expect(others).toEqual([]);
      expect(newOld).toMatch(
        /^new completes more calls than old, 90 % of its calls instead of 60 %: that is certain/,
      );
      expect(newestNew).toMatch(/^Whether newest .* than new is open .*: 3 calls and 100 calls are too few/);
      expect(newestOld).toMatch(/^Whether newest completes more calls than old is open/);
    });

    it('tells all flows when none is named, and that there is nothing where there is nothing', async () => {
      expect((await results(null)).text).toMatch(/^orders\n.*\n\nsurveys\n/s);
      expect((await results('nonesuch')).text).toBe('No call of nonesuch has ended in the last 30 days.');
      expect((await results('surveys', { days: 1 })).text).toMatch(/^No call of surveys has ended/);
    });

    describe('while a server has the records', () => {
      let database: Database;
      let server: Awaited<ReturnType<typeof listenWs>>;

      beforeAll(async () => {
        database = await open();
        const routes = flowRoutes({
          access: keyedAccess(new Secret(KEY)),
          status: {
            inForce: async () => [],
            results: query => flowResults(database, query),
            chart: async () => null,
          },
          calls: () => [],
          now: () => NOW,
          onError(error) {
            throw error;
          },
        });
        server = await listenWs(serverOptions({ http: routes }));
      });
      afterAll(async () => {
        await server?.close();
        await database?.close();
      });

      const url = () => `http://127.0.0.1:${server.port}`;

      it('reads through the server that is named, and tells the same', async () => {
        const { text } = await results('orders', { server: url(), json: true }, { API_KEY: KEY });

        const told = JSON.parse(text);
        expect(told.results).toEqual(
          JSON.parse(
            JSON.stringify(await flowResults(database, { flow: 'orders', since: NOW - 30 * DAY_MS })),
          ),
        );
        expect(told.comparisons).toMatchObject([
          { version: 'newest', with: 'new', verdict: 'unknown' },
          { version: 'newest', with: 'old', verdict: 'unknown' },
          { version: 'new', with: 'old', verdict: 'certain', difference: expect.closeTo(0.3, 9) },
        ]);
      });

      it('says what the server refuses, and never the key', async () => {
        const refused = results('orders', { server: url() }, { API_KEY: 'another-key-that-is-long' });
        await expect(refused).rejects.toThrow(/refuses/);
        await expect(refused).rejects.not.toThrow(/another-key/);
      });

      // PostgreSQL is open to many at once.
      if (backend.name === 'PGlite')
        it('says where else to look when the records are open elsewhere', () =>
          expect(results('orders', {}, { PORT: '1' })).rejects.toThrow(/Name its address with --server/));
    });
  });

describe('comparing two versions', () => {
  const version = (name: string, completed: number, calls: number): VersionResult => ({
    flow: 'orders',
    version: name,
    firstAt: 0,
    lastAt: 0,
    calls,
    outcomes: { completed: rate(completed, calls) },
    endedIn: {},
    meanDurationS: 0,
    meanTurns: 0,
    notUnderstoodPerHundred: 0,
    interruptedPerHundred: 0,
    meanModelCostUsd: null,
  });
  const compared = (one: [number, number], other: [number, number]) =>
    compareVersions([version('b', ...one), version('a', ...other)])[0];

  it('is certain when the ranges are apart, either way', () => {
    expect(compared([90, 100], [60, 100])).toMatchObject({ verdict: 'certain' });
    expect(compared([60, 100], [90, 100])?.told).toMatch(/^b completes less calls than a/);
  });

  it('finds likely what Newcombe’s interval tells from chance although the ranges overlap', () => {
    // Newcombe, Statistics in Medicine 17 (1998), table II, method 10: 56/70 against 48/80, 0.0524 … 0.3339.
    expect(rate(56, 70).low).toBeLessThan(rate(48, 80).high);
    expect(compared([56, 70], [48, 80])).toMatchObject({ verdict: 'likely' });
    // The same table: 9/10 against 3/10 … and 5/56 against 0/29, −0.0381 … 0.1926, which holds no difference at all.
    expect(compared([5, 56], [0, 29])).toMatchObject({ verdict: 'unknown' });
  });

  it('says how many calls would tell, and promises nothing where there is no difference', () => {
    expect(compared([11, 20], [8, 20])?.told).toMatch(/some \d+ of each would\.$/);
    expect(compared([10, 20], [10, 20])?.told).toMatch(/too few to tell\.$/);
  });

  it('compares versions of one flow alone', () => {
    expect(compareVersions([version('b', 1, 1), { ...version('a', 0, 1), flow: 'surveys' }])).toEqual([]);
  });
});

describe('the command', () => {
  const told: string[] = [];
  afterEach(() => told.splice(0));

  it('refuses days that are none', async () => {
    const command = resultsCommand()
      .exitOverride()
      .configureOutput({ writeErr: text => told.push(text) });
    await expect(command.parseAsync(['--days', '0'], { from: 'user' })).rejects.toThrow();
    expect(told.join('')).toContain('Write a number above 0');
  });
});

async function keep(
  database: Database,
  flow: string,
  flowVersion: string,
  outcome: Outcome,
  calls: number,
  daysAgo: number,
): Promise<void> {
  const startedAt = NOW - daysAgo * DAY_MS;
  const start = sampleStart({ flow, flowVersion, startedAt });
  const usage = {
    provider: 'p',
    model: 'm',
    inputTokens: 1,
    outputTokens: 1,
    cachedInputTokens: 0,
    costUsd: 0.02,
  };
  const summary = sampleSummary(start, {
    outcome,
    endedAt: startedAt + 60_000,
    flowState: `in ${outcome}`,
    turns: [sampleTurn({ notUnderstood: true, usage: [usage] }), sampleTurn()],
  });
  const ids = Array.from({ length: calls }, () => randomUUID());
  await database.query(
    `insert into aybiza.calls (call_id, call_sid, node, process, status, started_at, ended_at, outcome, start, summary)
     select id, id, 'n', '{}', 'ended', $2::timestamptz, $3::timestamptz, $4, $5::jsonb, $6::jsonb
     from jsonb_array_elements_text($1::jsonb) id`,
    [
      JSON.stringify(ids),
      new Date(startedAt).toISOString(),
      new Date(summary.endedAt).toISOString(),
      outcome,
      JSON.stringify(start),
      JSON.stringify(summary),
    ],
  );
}
