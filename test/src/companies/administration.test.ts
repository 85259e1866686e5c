import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../runtime/clock.ts';
import {
  type AdministrationParts,
  type CompanyAdministration,
  companyAdministration,
  fingerprintOf,
} from '../../../src/companies/administration.ts';
import { CompanyKeys } from '../../../src/companies/company-keys.ts';
import {
  type OpenRouterManagement,
  openOpenRouterManagement,
} from '../../../src/companies/openrouter-management.ts';
import { UsageLedger } from '../../../src/companies/usage-ledger.ts';
import {
  type OpenAiCompatibleEmulator,
  startOpenAiCompatibleEmulator,
} from '../../../src/emulators/openai-compatible/openai-compatible.ts';
import { readKeyUsage } from '../../../src/jobs/read-key-usage.ts';
import { Secret } from '../../../src/secret.ts';
import type { Database } from '../../../src/storage/database.ts';
import { keptLog } from '../storage/watched-jobs.ts';
import { dump, openRecords, recordBackends } from './records.ts';

const MANAGEMENT_KEY = 'sk-or-management-canary';
const BROUGHT = new Secret('sk-or-v1-brought-canary');
const newMasterKey = () => new Secret(randomBytes(32).toString('base64'));

for (const backend of recordBackends) {
  describe.skipIf(backend.absent)(`administering companies on ${backend.name}`, () => {
    const masterKey = newMasterKey();
    let database: Database;
    let remove: () => Promise<void>;
    let keys: CompanyKeys;
    let clock: SimulatedClock;
    let emulator: OpenAiCompatibleEmulator;
    let management: OpenRouterManagement;
    let companies: CompanyAdministration;

    beforeAll(async () => {
      ({ database, remove } = await openRecords(backend));
      keys = new CompanyKeys({ database, masterKey });
    });
    afterAll(() => remove?.());

    beforeEach(async () => {
      await database.query('delete from aybiza.company_keys');
      await database.query('delete from aybiza.usage_limits');
      clock = new SimulatedClock();
      emulator = await startOpenAiCompatibleEmulator({ apiKey: 'ours', managementKey: MANAGEMENT_KEY });
      management = openOpenRouterManagement({
        managementKey: new Secret(MANAGEMENT_KEY),
        clock,
        baseUrl: `${emulator.url}/api/v1`,
      });
      companies = administration();
      await companies.save('acme', { name: 'Acme' });
    });
    afterEach(async () => {
      management.close();
      await emulator.close();
    });

    function administration(parts: Partial<AdministrationParts> = {}): CompanyAdministration {
      return companyAdministration({ database, clock, keys, management, ...parts });
    }

    const keyNow = async () => (await keys.get('acme', 'openrouter'))?.reveal() ?? null;
    const mint = () => companies.mintKey('acme', { limitUsd: 20, reset: 'weekly' });

    it('lists and renames companies, and says which have a key', async () => {
      await companies.save('beta.2', { name: 'Beta' });
      await companies.save('beta.2', { name: 'Beta GmbH' });
      await mint();
      expect(await companies.list()).toMatchObject([
        { companyId: 'acme', name: 'Acme', hasKey: true },
        { companyId: 'beta.2', name: 'Beta GmbH', hasKey: false },
      ]);
    });

    it('shows the month by department, user and conversation, and the key by its fingerprint alone', async () => {
      await mint();
      const ledger = new UsageLedger({ database, clock });
      const used = { companyId: 'acme', callId: 'c', provider: 'openrouter', model: 'm', inputTokens: 10 };
      const costs: [string, number][] = [
        ['sales', 0.5],
        ['help', 2],
      ];
      for (const [department, costUsd] of costs)
        await ledger.append({
          ...used,
          requestId: `${backend.name}-${department}`,
          department,
          userRef: 'u1',
          conversation: `talk-${department}`,
          outputTokens: 1,
          cachedTokens: 0,
          costUsd,
        });
      await companies.setLimit('acme', { scope: 'company', period: 'month', limitUsd: 2 });
      await companies.setLimit('acme', { scope: 'department', subject: '*', period: 'day', limitUsd: 9 });
      await ledger.check({ companyId: 'acme', department: null, userRef: null, conversation: null });

      const shown = await companies.show('acme');
      expect(shown).toMatchObject({
        name: 'Acme',
        key: { fingerprint: fingerprintOf(new Secret((await keyNow())!)), problem: null },
        month: {
          total: { requests: 2, costUsd: 2.5, inputTokens: 20 },
          departments: [
            { name: 'help', costUsd: 2 },
            { name: 'sales', costUsd: 0.5 },
          ],
          users: [{ name: 'u1', requests: 2 }],
          conversations: [{ name: 'talk-help' }, { name: 'talk-sales' }],
        },
        limits: [
          { scope: 'company', subject: '*', period: 'month', limitUsd: 2, spentUsd: 2.5, warnFraction: 0.8 },
          { scope: 'department', subject: '*', period: 'day', limitUsd: 9, spentUsd: null },
        ],
      });
      expect(shown.alerts.map(alert => alert.kind).toSorted()).toEqual(['limit', 'warn']);
      expect(JSON.stringify(shown)).not.toContain(await keyNow());
    });

    it('shows a company whose key no master key opens, and says why it cannot', async () => {
      await mint();
      const others = new CompanyKeys({ database, masterKey: newMasterKey() });
      const { key } = await administration({ keys: others }).show('acme');
      expect(key).toMatchObject({
        fingerprint: null,
        problem: expect.stringContaining('former master keys'),
      });
      const without = await administration({ keys: null }).show('acme');
      expect(without.key?.problem).toContain('Set COMPANY_MASTER_KEY');
    });

    it('mints a key for a company that has none, and never a second one beside it', async () => {
      const minted = await mint();
      expect(minted).toMatchObject({ limit: { limitUsd: 20, reset: 'weekly' }, former: 'none' });
      expect(minted.fingerprint).toBe(fingerprintOf(new Secret((await keyNow())!)));
      await expect(mint()).rejects.toMatchObject({ code: 'KEY_PRESENT' });
      expect(await management.list()).toHaveLength(1);
      await expect(companies.mintKey('nobody', { limitUsd: 1 })).rejects.toMatchObject({
        code: 'COMPANY_UNKNOWN',
      });
      expect(await management.list()).toHaveLength(1);
    });

    it('rotates a key: mints, puts in force, and only then disables the one before; its limit stays', async () => {
      const { providerKeyId: first } = await mint();
      const before = await keyNow();
      const inForce: (string | null)[] = [];
      const watched: OpenRouterManagement = {
        ...management,
        async disable(hash) {
          inForce.push(await keyNow());
          return management.disable(hash);
        },
      };
      const rotated = await administration({ management: watched }).rotateKey('acme', {});

      expect(rotated).toMatchObject({ limit: { limitUsd: 20, reset: 'weekly' }, former: 'disabled' });
      expect(await keyNow()).not.toBe(before);
      expect(inForce).toEqual([await keyNow()]);
      expect(await management.read(first!)).toMatchObject({ disabled: true });
      expect(await management.read(rotated.providerKeyId!)).toMatchObject({ disabled: false });
    });

    it('keeps the new key when the old one cannot be disabled; the next round of the server does that', async () => {
      const { providerKeyId: first } = await mint();
      emulator.nextFaults.push({ kind: 'serverError', path: `/api/v1/keys/${first}` });
      const reading: OpenRouterManagement = {
        ...management,
        read: async () => ({ limitUsd: 7, reset: null }) as never,
      };
      const rotated = await administration({ management: reading }).rotateKey('acme', { limitUsd: 9 });
      expect(rotated).toMatchObject({ limit: { limitUsd: 9, reset: null }, former: 'pending' });
      expect(await management.read(first!)).toMatchObject({ disabled: false });

      await readKeyUsage({ database, management, clock, log: keptLog(), everyMs: 0 });
      expect(await management.read(first!)).toMatchObject({ disabled: true });
      expect(await management.read(rotated.providerKeyId!)).toMatchObject({ disabled: false });
    });

    it('leaves the key in force when no other can be minted', async () => {
      await mint();
      const before = await keyNow();
      emulator.nextFaults.push({ kind: 'serverError', path: '/api/v1/keys' });
      await expect(companies.rotateKey('acme', {})).rejects.toMatchObject({ fault: 'unavailable' });
      expect(await keyNow()).toBe(before);
      expect(await management.list()).toMatchObject([{ disabled: false }]);
    });

    it('leaves exactly one key working when two rotate at once', async () => {
      await mint();
      await Promise.all([companies.rotateKey('acme', {}), companies.rotateKey('acme', {})]);
      const working = (await management.list()).filter(key => !key.disabled);
      expect(working.map(key => key.hash)).toEqual([(await companies.show('acme')).key?.providerKeyId]);
    });

    it('keeps a key that the company brings, in no row in clear, and asks for a limit before it is replaced', async () => {
      await mint();
      expect(await companies.setKey('acme', BROUGHT)).toMatchObject({
        providerKeyId: null,
        former: 'disabled',
      });
      expect(await keyNow()).toBe(BROUGHT.reveal());
      expect(await dump(database)).not.toContain('canary');
      await expect(companies.rotateKey('acme', {})).rejects.toMatchObject({ code: 'LIMIT_MISSING' });
      expect(await companies.rotateKey('acme', { limitUsd: null })).toMatchObject({
        limit: { limitUsd: null, reset: 'monthly' },
        former: 'brought',
      });
    });

    it('removes a key, also without any setting for keys, and says what became of it', async () => {
      const { providerKeyId } = await mint();
      expect(await administration({ keys: null, management: null }).removeKey('acme')).toMatchObject({
        fingerprint: null,
        former: 'pending',
      });
      expect(await keyNow()).toBeNull();
      expect(await management.read(providerKeyId!)).toMatchObject({ disabled: false });
      await mint();
      expect(await companies.removeKey('acme')).toMatchObject({ former: 'disabled' });
      await expect(companies.removeKey('acme')).rejects.toMatchObject({ code: 'KEY_ABSENT' });
      await expect(companies.rotateKey('acme', {})).rejects.toMatchObject({ code: 'KEY_ABSENT' });
    });

    it('sets and removes limits of a company and of its parts, and none of a company that nobody knows', async () => {
      await companies.setLimit('acme', { scope: 'company', period: 'month', limitUsd: 50 });
      await companies.setLimit('acme', {
        scope: 'user',
        subject: 'u1',
        period: 'day',
        limitUsd: 1,
        warnFraction: 0.5,
      });
      expect(
        await companies.setLimit('acme', { scope: 'company', period: 'month', limitUsd: null }),
      ).toMatchObject([{ scope: 'user', subject: 'u1', period: 'day', limitUsd: 1, warnFraction: 0.5 }]);
      const nobodys = companies.setLimit('nobody', { scope: 'company', period: 'day', limitUsd: 1 });
      await expect(nobodys).rejects.toMatchObject({ code: 'COMPANY_UNKNOWN' });
    });

    it.each<[string, (each: CompanyAdministration) => Promise<unknown>]>([
      ['COMPANY_MASTER_KEY', each => each.setKey('acme', BROUGHT)],
      ['COMPANY_MASTER_KEY', each => each.rotateSeal()],
      ['COMPANY_MASTER_KEY', each => each.mintKey('acme', { limitUsd: 1 })],
    ])('names %s when it is what is missing (%#)', async (setting, ask) => {
      const error = await ask(administration({ keys: null })).catch(failure => failure);
      expect(error).toMatchObject({
        code: 'SETTING_MISSING',
        message: expect.stringContaining(`Set ${setting}`),
      });
    });

    it('names OPENROUTER_MANAGEMENT_KEY when it is what is missing', async () => {
      const without = administration({ management: null });
      await expect(without.mintKey('acme', { limitUsd: 1 })).rejects.toThrow('Set OPENROUTER_MANAGEMENT_KEY');
      await mint();
      await expect(without.rotateKey('acme', {})).rejects.toThrow('Set OPENROUTER_MANAGEMENT_KEY');
    });

    it.each<[string, (each: CompanyAdministration) => Promise<unknown>]>([
      ['id', each => each.save('no spaces', { name: 'x' })],
      ['name', each => each.save('x', { name: '' })],
      ['key', each => each.setKey('acme', new Secret('canary with spaces'))],
      ['limitUsd', each => each.mintKey('acme', { limitUsd: -1 })],
      ['limitUsd', each => each.setLimit('acme', { scope: 'company', period: 'day', limitUsd: Number.NaN })],
      [
        'warnFraction',
        each => each.setLimit('acme', { scope: 'company', period: 'day', limitUsd: 1, warnFraction: 2 }),
      ],
      [
        'subject',
        each => each.setLimit('acme', { scope: 'company', subject: 'x', period: 'day', limitUsd: 1 }),
      ],
    ])('refuses a %s that cannot be, without quoting it (%#)', async (field, ask) => {
      const error = (await ask(companies).catch(failure => failure)) as Error;
      expect(error).toMatchObject({ code: 'REQUEST_INVALID', message: expect.stringContaining(field) });
      expect(error.message).not.toContain('canary');
    });

    it('loses no key when the change of the master key is broken off, wherever that happens', async () => {
      const names = ['one', 'two', 'three', 'four'];
      for (const name of names) {
        await companies.save(name, { name });
        await companies.setKey(name, new Secret(`sk-or-v1-key-of-${name}`));
      }
      const next = newMasterKey();
      const both = new CompanyKeys({ database, masterKey: next, formerMasterKeys: [masterKey] });
      let rotated = 0;
      for (let updates = 0; updates < names.length; updates++) {
        let left = updates === 0 ? 0 : 1;
        const failing = { ...database } as Database;
        failing.query = (text, params) => {
          if (text.includes('update') && left-- <= 0) return Promise.reject(new Error('the machine stopped'));
          return database.query(text, params) as never;
        };
        const broken = new CompanyKeys({ database: failing, masterKey: next, formerMasterKeys: [masterKey] });
        await expect(administration({ keys: broken }).rotateSeal()).rejects.toThrow('the machine stopped');
        for (const name of names)
          expect((await both.get(name, 'openrouter'))?.reveal()).toBe(`sk-or-v1-key-of-${name}`);
        rotated = updates;
      }
      expect(await administration({ keys: both }).rotateSeal()).toEqual({
        rotated: names.length - rotated,
        unreadable: [],
      });
      const alone = new CompanyKeys({ database, masterKey: next });
      for (const name of names)
        expect((await alone.get(name, 'openrouter'))?.reveal()).toBe(`sk-or-v1-key-of-${name}`);
    });

    it('changes the master key of all others when one key opens with none, and names its company', async () => {
      await companies.save('lost', { name: 'Lost' });
      const forgotten = new CompanyKeys({ database, masterKey: newMasterKey() });
      await administration({ keys: forgotten }).setKey('lost', BROUGHT);
      await mint();
      const next = new CompanyKeys({ database, masterKey: newMasterKey(), formerMasterKeys: [masterKey] });
      const rotating = administration({ keys: next });
      expect(await rotating.rotateSeal()).toEqual({ rotated: 1, unreadable: ['lost'] });
      expect((await rotating.show('acme')).key?.fingerprint).not.toBeNull();
      expect((await forgotten.get('lost', 'openrouter'))?.reveal()).toBe(BROUGHT.reveal());
    });
  });
}
