import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { saveCompany } from '../../../src/companies/company-directory.ts';
import { CompanyKeyError } from '../../../src/companies/company-key-error.ts';
import { CompanyKeys, retireCompanyKey } from '../../../src/companies/company-keys.ts';
import { readMasterKey } from '../../../src/companies/sealing.ts';
import { Secret } from '../../../src/secret.ts';
import type { Database } from '../../../src/storage/database.ts';
import { dump, openRecords, recordBackends } from './records.ts';

const newMasterKey = () => new Secret(randomBytes(32).toString('base64'));
const CANARY = 'sk-or-v1-canary-4f1c9e7b2a';
const openrouter = { provider: 'openrouter', providerKeyId: 'hash-1' };

describe('a master key', () => {
  it.each(['', 'too short', randomBytes(31).toString('base64'), Buffer.alloc(32).toString('base64')])(
    'is refused when it is not 32 random bytes (%#), and is not quoted',
    text => {
      try {
        expect.fail(readMasterKey(new Secret(text)).id);
      } catch (error) {
        expect(error).toMatchObject({
          code: 'MASTER_KEY_INVALID',
          message: expect.stringContaining('openssl'),
        });
        if (text) expect((error as Error).message).not.toContain(text);
      }
    },
  );

  it('opens what it sealed in the same context, and never seals the same way twice', () => {
    const key = readMasterKey(newMasterKey());
    const text = 'sk-or-v1-schlüssel 🔑';
    const sealed = key.seal(text, ['acme', 'openrouter']);
    expect(key.open(sealed, ['acme', 'openrouter'])).toBe(text);
    expect(key.seal(text, ['acme', 'openrouter'])).not.toBe(sealed);
    expect(() => key.open(sealed, ['acme,openrouter'])).toThrow(CompanyKeyError);
  });

  it('finds every changed bit, and every cut', () => {
    const key = readMasterKey(newMasterKey());
    const bytes = Buffer.from(key.seal('sk', ['acme']), 'base64');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => key.open(changed.toString('base64'), ['acme'])).toThrow(CompanyKeyError);
    }
    for (let length = 0; length < bytes.length; length++)
      expect(() => key.open(bytes.subarray(0, length).toString('base64'), ['acme'])).toThrow(CompanyKeyError);
  });
});

for (const backend of recordBackends) {
  describe.skipIf(backend.absent)(`company keys on ${backend.name}`, () => {
    let database: Database;
    let remove: () => Promise<void>;
    const masterKey = newMasterKey();
    let keys: CompanyKeys;

    beforeAll(async () => {
      ({ database, remove } = await openRecords(backend));
      keys = new CompanyKeys({ database, masterKey });
    });

    afterAll(() => remove?.());

    async function keep(companyId: string, key = CANARY): Promise<void> {
      await saveCompany(database, { companyId, name: `${companyId} Ltd` });
      await keys.put({ companyId, key: new Secret(key), ...openrouter });
    }

    it('are given back as they were kept, and are in no row in clear', async () => {
      await keep('acme');
      const key = await keys.get('acme', 'openrouter');
      expect(key?.reveal()).toBe(CANARY);
      expect(inspect(key)).not.toContain('canary');
      expect(await keys.get('acme', 'azure-openai')).toBeNull();
      expect(await keys.get('nobody', 'openrouter')).toBeNull();

      const rows = await dump(database);
      expect(rows).toContain('hash-1');
      expect(rows).not.toContain('canary');
      expect(rows).not.toContain(Buffer.from(CANARY).toString('base64').slice(0, 24));
      expect(rows).not.toContain(masterKey.reveal());
    });

    it('stay shut without the master key that sealed them', async () => {
      await keep('shut');
      const others = new CompanyKeys({ database, masterKey: newMasterKey() });
      const error = await others.get('shut', 'openrouter').catch(failure => failure);
      expect(error).toMatchObject({ code: 'MASTER_KEY_UNKNOWN' });
      expect(inspect(error)).not.toContain('canary');
      expect(error.message).toContain(readMasterKey(masterKey).id);
    });

    it("do not open in another company's row, or under another master key's name", async () => {
      await keep('victim', 'sk-of-the-victim');
      await keep('thief', 'sk-of-the-thief');
      await database.query(
        `update aybiza.company_keys set sealed = (select sealed from aybiza.company_keys where company_id = 'victim')
         where company_id = 'thief'`,
      );
      await expect(keys.get('thief', 'openrouter')).rejects.toMatchObject({ code: 'KEY_UNREADABLE' });

      const other = newMasterKey();
      const both = new CompanyKeys({ database, masterKey, formerMasterKeys: [other] });
      await database.query(`update aybiza.company_keys set master_key_id = $1 where company_id = 'victim'`, [
        readMasterKey(other).id,
      ]);
      await expect(both.get('victim', 'openrouter')).rejects.toMatchObject({ code: 'KEY_UNREADABLE' });
      await database.query(`delete from aybiza.company_keys where company_id in ('victim', 'thief')`);
    });

    it('are forgotten when replaced or retired, and one alone is active however many come at once', async () => {
      await keep('often', 'sk-first');
      await Promise.all(
        ['sk-second', 'sk-third', 'sk-fourth'].map(key =>
          keys.put({ companyId: 'often', key: new Secret(key), ...openrouter }),
        ),
      );
      const rows = await database.query<{ active: boolean; sealed: string | null }>(
        `select retired_at is null as active, sealed from aybiza.company_keys where company_id = 'often'`,
      );
      expect(rows).toHaveLength(4);
      expect(rows.filter(row => row.active)).toHaveLength(1);
      expect(rows.filter(row => row.sealed !== null)).toHaveLength(1);

      expect(await retireCompanyKey(database, 'often', 'openrouter')).toEqual({ providerKeyId: 'hash-1' });
      expect(await keys.get('often', 'openrouter')).toBeNull();
    });

    it('are not kept for an unknown company, or beside their own text', async () => {
      const key = new Secret(CANARY);
      await expect(keys.put({ companyId: 'unknown', key, ...openrouter })).rejects.toMatchObject({
        code: 'COMPANY_UNKNOWN',
      });
      await saveCompany(database, { companyId: 'careless', name: 'Careless' });
      await expect(
        keys.put({ companyId: 'careless', key, provider: 'openrouter', providerKeyId: CANARY }),
      ).rejects.toMatchObject({ code: 'KEY_IN_CLEAR' });
      expect(await dump(database)).not.toContain('canary');
    });

    it('stay forgotten when they are replaced while the master key changes', async () => {
      await keep('replaced', 'sk-before');
      const next = newMasterKey();
      const meanwhile = { ...database } as Database;
      meanwhile.query = async (text, params) => {
        const rows = await database.query(text, params);
        if (text.includes('master_key_id <>')) await keep('replaced', 'sk-after');
        return rows as never;
      };
      const formerMasterKeys = [masterKey];
      await new CompanyKeys({ database: meanwhile, masterKey: next, formerMasterKeys }).rotate();
      const rows = await database.query(
        `select sealed from aybiza.company_keys where company_id = 'replaced' and retired_at is not null`,
      );
      expect(rows).toEqual([{ sealed: null }]);

      await new CompanyKeys({ database, masterKey, formerMasterKeys: [next] }).rotate();
      expect((await keys.get('replaced', 'openrouter'))?.reveal()).toBe('sk-after');
    });

    it('move to a new master key, after which the old one opens nothing', async () => {
      await keep('moving');
      const next = newMasterKey();
      const rotating = new CompanyKeys({ database, masterKey: next, formerMasterKeys: [masterKey] });
      expect((await rotating.get('moving', 'openrouter'))?.reveal()).toBe(CANARY);
      expect((await rotating.rotate()).rotated).toBeGreaterThan(0);
      expect((await rotating.rotate()).rotated).toBe(0);

      const alone = new CompanyKeys({ database, masterKey: next });
      expect((await alone.get('moving', 'openrouter'))?.reveal()).toBe(CANARY);
      await expect(keys.get('moving', 'openrouter')).rejects.toMatchObject({ code: 'MASTER_KEY_UNKNOWN' });
    });
  });
}
