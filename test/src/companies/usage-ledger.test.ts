import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../runtime/clock.ts';
import { periodStart } from '../../../src/companies/periods.ts';
import { listAlerts, type UsageAlert } from '../../../src/companies/usage-alerts.ts';
import { type UsageEntry, UsageLedger } from '../../../src/companies/usage-ledger.ts';
import {
  type Account,
  limitStates,
  listLimits,
  removeLimit,
  saveLimit,
  type UsageLimit,
} from '../../../src/companies/usage-limits.ts';
import type { Database } from '../../../src/storage/database.ts';
import { openRecords, recordBackends } from './records.ts';

const HOUR_MS = 3_600_000;
/** A Sunday, an hour before its week ends. */
const SUNDAY = Date.UTC(2026, 10, 22, 23);

it.each([
  ['day', Date.UTC(2026, 10, 22)],
  ['week', Date.UTC(2026, 10, 16)],
  ['month', Date.UTC(2026, 10, 1)],
  ['total', 0],
] as const)("a %s begins at UTC's", (period, start) => {
  expect(periodStart(period, SUNDAY)).toBe(start);
  expect(periodStart(period, start)).toBe(start);
});

for (const backend of recordBackends) {
  describe.skipIf(backend.absent)(`the usage ledger on ${backend.name}`, () => {
    let database: Database;
    let remove: () => Promise<void>;
    let clock: SimulatedClock;
    let ledger: UsageLedger;
    let alerts: UsageAlert[];
    let companyId: string;
    let companies = 0;
    let requests = 0;

    beforeAll(async () => {
      ({ database, remove } = await openRecords(backend));
    });

    afterAll(() => remove?.());

    beforeEach(async () => {
      clock = new SimulatedClock(SUNDAY);
      alerts = [];
      ledger = new UsageLedger({ database, clock, alerted: alert => alerts.push(alert) });
      companyId = `company-${companies++}`;
      await database.query('insert into aybiza.companies (company_id, name) values ($1, $1)', [companyId]);
    });

    const account = (changes: Partial<Account> = {}): Account => ({
      companyId,
      department: 'sales',
      userRef: 'user-1',
      conversation: 'conversation-1',
      ...changes,
    });

    function spend(costUsd: number | null, changes: Partial<UsageEntry> = {}): Promise<boolean> {
      return ledger.append({
        ...account(),
        requestId: `request-${requests++}`,
        callId: 'call-1',
        provider: 'openrouter',
        model: 'claude',
        inputTokens: 100,
        outputTokens: 10,
        cachedTokens: 50,
        costUsd,
        ...changes,
      });
    }

    const hold = (limit: Partial<UsageLimit>) =>
      saveLimit(database, companyId, {
        scope: 'company',
        subject: '*',
        period: 'month',
        limitUsd: 1,
        warnFraction: 0.8,
        ...limit,
      });

    it('sums by department, user, conversation, model and call, exactly', async () => {
      for (let n = 0; n < 30; n++) await spend(0.1, { department: n % 3 === 0 ? 'support' : 'sales' });
      await spend(0.7, { department: null, userRef: 'user-2', conversation: 'conversation-2', model: 'gpt' });
      await spend(null, { department: null, callId: 'call-2' });
      await spend(5, { at: SUNDAY - 40 * 24 * HOUR_MS });
      const during = { from: periodStart('month', SUNDAY), to: SUNDAY + HOUR_MS };

      expect(await ledger.sums(companyId, { by: 'department', ...during })).toEqual([
        {
          name: 'sales',
          requests: 20,
          inputTokens: 2_000,
          outputTokens: 200,
          cachedTokens: 1_000,
          costUsd: 2,
          unpriced: 0,
        },
        expect.objectContaining({ name: 'support', costUsd: 1 }),
        expect.objectContaining({ name: null, requests: 2, costUsd: 0.7, unpriced: 1 }),
      ]);
      const names = async (by: 'user' | 'conversation' | 'model' | 'call') =>
        (await ledger.sums(companyId, { by, ...during })).map(sum => [sum.name, sum.costUsd]);
      expect(await names('user')).toEqual([
        ['user-1', 3],
        ['user-2', 0.7],
      ]);
      expect(await names('conversation')).toEqual([
        ['conversation-1', 3],
        ['conversation-2', 0.7],
      ]);
      expect(await names('model')).toEqual([
        ['claude', 3],
        ['gpt', 0.7],
      ]);
      expect(await names('call')).toEqual([
        ['call-1', 3.7],
        ['call-2', 0],
      ]);
      expect(await ledger.sums('nobody', { by: 'company', ...during })).toEqual([]);
    });

    it('counts a request once, however often and by how many it is told', async () => {
      const told = await Promise.all([1, 2, 3].map(() => spend(0.2, { requestId: `twice-${companyId}` })));
      expect(told.filter(isNew => isNew)).toHaveLength(1);
      const [sum] = await ledger.sums(companyId, { by: 'company', from: 0, to: SUNDAY + 1 });
      expect(sum).toMatchObject({ name: companyId, requests: 1, costUsd: 0.2 });
    });

    it('holds limits against exactly what was spent, however many spend at once', async () => {
      for (const scope of ['company', 'department', 'user', 'conversation'] as const)
        await hold({ scope, subject: '*', period: 'total', limitUsd: 1_000 });
      const entries = Array.from({ length: 60 }, (_, n) => ({
        department: n % 2 === 0 ? 'sales' : 'support',
        // A name that a department has, too.
        userRef: n % 3 === 1 ? 'user-1' : 'sales',
        conversation: `conversation-${n % 5}`,
        at: SUNDAY - n * 24 * HOUR_MS,
      }));
      await Promise.all(entries.map(entry => spend(0.1, entry)));

      const spentBy = async (by: 'company' | 'department' | 'user' | 'conversation', name: string) =>
        (await ledger.sums(companyId, { by, from: 0, to: SUNDAY + 1 })).find(sum => sum.name === name)
          ?.costUsd;
      const states = await limitStates(database, account(), SUNDAY);
      expect(Object.fromEntries(states.map(state => [state.scope, state.spentUsd]))).toEqual({
        company: 6,
        department: await spentBy('department', 'sales'),
        user: await spentBy('user', 'user-1'),
        conversation: await spentBy('conversation', 'conversation-1'),
      });
      expect(await spentBy('company', companyId)).toBe(6);
    });

    it('allows, warns at a part of the limit, and refuses at the limit', async () => {
      expect(await ledger.check(account())).toEqual({ decision: 'allow', limit: null });
      await hold({});
      await spend(0.79);
      expect(await ledger.check(account())).toMatchObject({ decision: 'allow', limit: { spentUsd: 0.79 } });
      await spend(0.01);
      expect(await ledger.check(account())).toMatchObject({ decision: 'warn', limit: { spentUsd: 0.8 } });
      await spend(0.2);
      expect(await ledger.check(account())).toMatchObject({ decision: 'refuse', limit: { spentUsd: 1 } });
      expect(await ledger.check(account({ companyId: 'another' }))).toMatchObject({ decision: 'allow' });
    });

    it('holds limits of one department, and of each user and conversation', async () => {
      await hold({ scope: 'department', subject: 'sales', limitUsd: 2 });
      await hold({ scope: 'user', subject: '*', limitUsd: 1 });
      await hold({ scope: 'conversation', subject: '*', period: 'total', limitUsd: 0.5 });
      await spend(0.6, { conversation: 'long' });
      await spend(0.45, { conversation: 'another' });

      expect(await ledger.check(account({ userRef: 'user-2', conversation: 'long' }))).toMatchObject({
        decision: 'refuse',
        limit: { scope: 'conversation', subject: 'long', spentUsd: 0.6 },
      });
      expect(await ledger.check(account({ conversation: 'new' }))).toMatchObject({
        decision: 'refuse',
        limit: { scope: 'user', subject: 'user-1' },
      });
      expect(await ledger.check(account({ userRef: 'user-2', conversation: 'new' }))).toMatchObject({
        decision: 'allow',
        limit: { scope: 'department', spentUsd: 1.05 },
      });
      const nobody = account({ department: null, userRef: null, conversation: null });
      expect(await ledger.check(nobody)).toEqual({ decision: 'allow', limit: null });
    });

    it('begins anew with each period', async () => {
      await hold({ period: 'week' });
      await spend(1);
      expect(await ledger.check(account())).toMatchObject({ decision: 'refuse' });
      await clock.advance(HOUR_MS);
      expect(await ledger.check(account())).toMatchObject({ decision: 'allow', limit: { spentUsd: 0 } });
    });

    it('writes an alert once for each threshold and period, whoever finds out', async () => {
      await hold({ period: 'week' });
      await Promise.all([spend(0.5), spend(0.4)]);
      await Promise.all([1, 2, 3].map(() => ledger.check(account())));
      expect(alerts.map(alert => [alert.kind, alert.thresholdUsd])).toEqual([['warn', 0.8]]);

      await spend(0.2);
      await ledger.check(account());
      expect(alerts.map(alert => alert.kind)).toEqual(['warn', 'limit']);
      expect(await listAlerts(database, { companyId, limit: 10 })).toEqual([
        {
          companyId,
          scope: 'company',
          subject: '',
          period: 'week',
          periodStart: periodStart('week', SUNDAY),
          kind: 'limit',
          thresholdUsd: 1,
          spentUsd: 1.1,
          at: SUNDAY,
        },
        expect.objectContaining({ kind: 'warn', thresholdUsd: 0.8 }),
      ]);

      await clock.advance(HOUR_MS);
      await spend(0.9);
      expect(alerts.map(alert => alert.kind)).toEqual(['warn', 'limit', 'warn']);
    });

    it('has new thresholds when the limit is changed, and none when it is removed', async () => {
      await hold({});
      await spend(1);
      await hold({ limitUsd: 1.1 });
      expect(await ledger.check(account())).toMatchObject({ decision: 'warn' });
      expect(alerts.map(alert => [alert.kind, alert.thresholdUsd])).toEqual([
        ['warn', 0.8],
        ['limit', 1],
        ['warn', 0.88],
      ]);

      expect(await listLimits(database, companyId, clock.wallTime())).toMatchObject([
        { limitUsd: 1.1, spentUsd: 1 },
      ]);
      await removeLimit(database, companyId, { scope: 'company', subject: '*', period: 'month' });
      expect(await ledger.check(account())).toEqual({ decision: 'allow', limit: null });
    });

    it('lets no fault of a listener reach the call', async () => {
      const failing = new UsageLedger({
        database,
        clock,
        alerted() {
          throw new Error('nobody listens');
        },
      });
      await hold({ limitUsd: 0 });
      expect(await failing.check(account())).toMatchObject({ decision: 'refuse' });
    });
  });
}
