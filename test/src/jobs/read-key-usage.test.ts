import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { SimulatedClock } from '../../../runtime/clock.ts';
import { saveCompany } from '../../../src/companies/company-directory.ts';
import { CompanyKeys } from '../../../src/companies/company-keys.ts';
import { mintCompanyKey } from '../../../src/companies/mint-company-key.ts';
import {
  type OpenRouterManagement,
  openOpenRouterManagement,
} from '../../../src/companies/openrouter-management.ts';
import { listAlerts, type UsageAlert } from '../../../src/companies/usage-alerts.ts';
import {
  type OpenAiCompatibleEmulator,
  startOpenAiCompatibleEmulator,
} from '../../../src/emulators/openai-compatible/openai-compatible.ts';
import { readKeyUsage, startReadingKeyUsage } from '../../../src/jobs/read-key-usage.ts';
import { openOpenRouterChat } from '../../../src/providers/openai-compatible/openrouter.ts';
import { Secret } from '../../../src/secret.ts';
import type { Database } from '../../../src/storage/database.ts';
import { dump, openRecords, recordBackends } from '../companies/records.ts';
import { ask } from '../providers/openai-compatible/asking.ts';
import { keptLog } from '../storage/watched-jobs.ts';

const MANAGEMENT_KEY = 'sk-or-management-canary';

for (const backend of recordBackends) {
  describe.skipIf(backend.absent)(`keys at OpenRouter, kept on ${backend.name}`, () => {
    let database: Database;
    let remove: () => Promise<void>;
    let emulator: OpenAiCompatibleEmulator;
    let management: OpenRouterManagement;
    let clock: SimulatedClock;
    let keys: CompanyKeys;
    let alerts: UsageAlert[];
    let log: ReturnType<typeof keptLog>;

    beforeAll(async () => {
      ({ database, remove } = await openRecords(backend));
      keys = new CompanyKeys({ database, masterKey: new Secret(randomBytes(32).toString('base64')) });
    });

    afterAll(() => remove?.());

    beforeEach(async () => {
      await database.query('delete from aybiza.company_keys');
      await database.query('delete from aybiza.usage_alerts');
      await saveCompany(database, { companyId: 'acme', name: 'Acme' });
      clock = new SimulatedClock();
      alerts = [];
      log = keptLog();
      emulator = await startOpenAiCompatibleEmulator({
        apiKey: 'ours',
        managementKey: MANAGEMENT_KEY,
      });
      management = openManagement();
    });

    afterEach(async () => {
      management.close();
      await emulator.close();
      expect(clock.pending).toBe(0);
    });

    function openManagement(managementKey = MANAGEMENT_KEY): OpenRouterManagement {
      const baseUrl = `${emulator.url}/api/v1`;
      return openOpenRouterManagement({ managementKey: new Secret(managementKey), clock, baseUrl });
    }

    const mint = (limitUsd: number | null = 1, companyId = 'acme') =>
      mintCompanyKey({ keys, management }, { companyId, limitUsd, reset: 'monthly' });

    const context = () => ({
      database,
      management,
      clock,
      log,
      everyMs: 0,
      alerted: (alert: UsageAlert) => alerts.push(alert),
    });

    /** Asks a model on the company's own key. Each reply costs a few hundredths of a thousandth of a dollar. */
    async function callAs(companyId: string): Promise<number> {
      const provider = openOpenRouterChat({
        apiKey: new Secret('ours'),
        clock,
        baseUrl: `${emulator.url}/api/v1`,
        payerOf: async () => {
          const apiKey = await keys.get(companyId, 'openrouter');
          return apiKey && { apiKey, user: null };
        },
      });
      try {
        const usage = (await ask(provider)).find(event => event.type === 'usage');
        return usage?.usage.costUsd ?? 0;
      } finally {
        await provider.close();
      }
    }

    const readings = () =>
      database.query(
        `select company_id, disabled, read_at is not null as read, usage_month_usd::float8 as month,
                limit_left_usd::float8 as "left"
         from aybiza.company_keys order by id`,
      );

    it('are minted straight into encryption: the key is in no row, log, request or error', async () => {
      const managed = await mint();
      expect(managed).toMatchObject({ name: 'aybiza acme', limitUsd: 1, reset: 'monthly', disabled: false });
      const key = (await keys.get('acme', 'openrouter'))!.reveal();
      expect(key).toMatch(/^sk-or-v1-/);
      expect(await callAs('acme')).toBeGreaterThan(0);
      await readKeyUsage(context());

      const seen = [
        await dump(database),
        log.lines.join(),
        inspect(emulator.requests, { depth: 20 }),
        inspect(managed),
      ];
      expect(seen.join()).not.toContain(key);
      expect(seen.join()).not.toContain(MANAGEMENT_KEY);
      expect(seen[0]).toContain(managed.hash);
    });

    it('are deleted again when they cannot be kept', async () => {
      await expect(mint(1, 'unknown-company')).rejects.toMatchObject({ code: 'COMPANY_UNKNOWN' });
      expect(await management.list()).toEqual([]);
    });

    it('are read with their use, and warned of once per threshold', async () => {
      const cost = await mint(null).then(() => callAs('acme'));
      const { hash } = (await management.list())[0]!;
      await management.change(hash, { limitUsd: cost * 2.4 });
      expect(await readKeyUsage(context())).toBe(1);
      expect(await readings()).toMatchObject([
        { company_id: 'acme', read: true, month: expect.closeTo(cost, 9) },
      ]);
      expect(alerts).toEqual([]);

      await callAs('acme');
      await readKeyUsage(context());
      await readKeyUsage(context());
      expect(alerts.map(alert => [alert.kind, alert.scope, alert.subject])).toEqual([['warn', 'key', hash]]);

      await callAs('acme');
      await expect(callAs('acme')).rejects.toMatchObject({ fault: 'unauthorized' });
      await readKeyUsage(context());
      expect(alerts.map(alert => alert.kind)).toEqual(['warn', 'limit']);
      expect(await listAlerts(database, { companyId: 'acme', limit: 5 })).toEqual(alerts.toReversed());
    });

    it('are switched off at OpenRouter after they were replaced, and read no more', async () => {
      const first = await mint();
      const second = await mint();
      await readKeyUsage(context());
      expect(await management.read(first.hash)).toMatchObject({ disabled: true });
      expect(await management.read(second.hash)).toMatchObject({ disabled: false });
      expect(await readKeyUsage(context())).toBe(1);
      expect(await callAs('acme')).toBeGreaterThan(0);
    });

    it('that OpenRouter no longer knows are marked, and keep no other from being read', async () => {
      const gone = await mint();
      await saveCompany(database, { companyId: 'other', name: 'Other' });
      await mint(1, 'other');
      await management.delete(gone.hash);
      emulator.nextFaults.push({ kind: 'serverError', path: `/api/v1/keys/${gone.hash}` });
      expect(await readKeyUsage(context())).toBe(1);
      expect(log.lines.join()).toContain('could not be read');
      expect(await readKeyUsage(context())).toBe(2);
      expect(await readings()).toMatchObject([
        { company_id: 'acme', disabled: true, read: true },
        { company_id: 'other', disabled: false, read: true },
      ]);
    });

    it('are left alone for half a round after a node has read them', async () => {
      await mint();
      const often = { ...context(), everyMs: 3_600_000 };
      const nodes = await Promise.all([readKeyUsage(often), readKeyUsage(often)]);
      expect(nodes.toSorted()).toEqual([0, 1]);
    });

    it('are read again and again, and a wrong management key is reported without being told', async () => {
      await mint();
      management.close();
      management = openManagement('sk-or-wrong-canary');
      const job = startReadingKeyUsage({ ...context(), everyMs: 60_000 });
      await clock.advance(60_000);
      await vi.waitFor(() => expect(log.lines).toHaveLength(1));
      expect(log.lines[0]).toMatch(/^error: .*answered 401/);
      expect(log.lines[0]).not.toContain('canary');

      management.close();
      await database.query('update aybiza.company_keys set checked_at = null');
      await job.stop();
      management = openManagement();
      const again = startReadingKeyUsage({ ...context(), everyMs: 60_000 });
      await clock.advance(60_000);
      await vi.waitFor(async () => expect(await readings()).toMatchObject([{ read: true }]));
      await vi.waitFor(() => expect(clock.pending).toBe(1));
      await again.stop();
    });

    it('fail in bounded time, and in words without a key, when the Management API does', async () => {
      emulator.nextFaults.push({ kind: 'throttle', ms: 2_000 });
      await expect(management.list()).rejects.toMatchObject({ fault: 'throttled', retryAfterMs: 2_000 });
      emulator.nextFaults.push({ kind: 'refuse' }, { kind: 'refuse' });
      await expect(management.list()).rejects.toMatchObject({ fault: 'unavailable' });
      expect(await management.read('no-such-hash')).toBeNull();
    });
  });
}
