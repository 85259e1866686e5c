import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CompanyKeys } from '../../../src/companies/company-keys.ts';
import {
  type OpenAiCompatibleEmulator,
  startOpenAiCompatibleEmulator,
} from '../../../src/emulators/openai-compatible/openai-compatible.ts';
import { Secret } from '../../../src/secret.ts';
import { migrate } from '../../../src/storage/migrate.ts';
import { openDatabase, type StorageOptions } from '../../../src/storage/open.ts';
import { dump, recordBackends } from '../companies/records.ts';
import { keptLog } from '../storage/watched-jobs.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const MANAGEMENT_KEY = 'sk-or-management-canary';
const BROUGHT = 'sk-or-v1-brought-canary';
const newMasterKey = () => randomBytes(32).toString('base64');

for (const backend of recordBackends)
  describe.skipIf(backend.absent)(`aybiza company on ${backend.name}`, { timeout: 120_000 }, () => {
    const masterKey = newMasterKey();
    let place: Pick<StorageOptions, 'databaseUrl' | 'dataDir'>;
    let remove: () => Promise<void>;
    let emulator: OpenAiCompatibleEmulator;
    let printed: string;

    beforeAll(async () => {
      ({ place, remove } = await backend.prepare());
    });
    afterAll(() => remove?.());

    beforeEach(async () => {
      emulator = await startOpenAiCompatibleEmulator({ apiKey: 'ours', managementKey: MANAGEMENT_KEY });
      printed = '';
    });
    afterEach(async () => {
      await emulator.close();
      expect(printed).not.toMatch(/canary|sk-or-v1/);
      expect(printed).not.toContain(masterKey);
      expect(printed).not.toMatch(/^\s+at /m);
    });

    /** Runs the command in a process of its own, as an operator does. */
    async function company(
      args: string[],
      { settings = {}, input = '' }: { settings?: Record<string, string>; input?: string } = {},
    ) {
      const { PATH = '', HOME = '' } = process.env;
      const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', 'company', ...args], {
        cwd: ROOT,
        env: {
          PATH,
          HOME,
          AYBIZA_DATA_DIR: place.dataDir,
          ...(place.databaseUrl && { DATABASE_URL: place.databaseUrl }),
          COMPANY_MASTER_KEY: masterKey,
          OPENROUTER_MANAGEMENT_KEY: MANAGEMENT_KEY,
          OPENROUTER_URL: `${emulator.url}/api/v1`,
          ...settings,
        },
      });
      child.stdin.end(input);
      const [stdout, stderr, code] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        new Promise<number | null>(resolve => child.on('close', resolve)),
      ]);
      printed += stdout + stderr;
      return { stdout, stderr, code };
    }

    async function json(args: string[], options?: Parameters<typeof company>[1]) {
      const { stdout, stderr, code } = await company([...args, '--json'], options);
      expect(code, stderr).toBe(0);
      return JSON.parse(stdout);
    }

    async function withDatabase<T>(look: (database: Awaited<ReturnType<typeof openDatabase>>) => Promise<T>) {
      const database = await openDatabase({ ...place, log: keptLog() }, () => {});
      try {
        await migrate(database);
        return await look(database);
      } finally {
        await database.close();
      }
    }

    it('takes a company from its name to a minted, limited, rotated key', async () => {
      expect(await company(['save', 'acme', '--name', 'Acme Ltd'])).toMatchObject({ code: 0, stderr: '' });
      const minted = await json(['key', 'mint', 'acme', '--limit-usd', '20', '--reset', 'weekly']);
      expect(minted).toMatchObject({ limit: { limitUsd: 20, reset: 'weekly' }, former: 'none' });
      const rotated = await company(['key', 'rotate', 'acme']);
      expect(rotated.stdout).toMatch(
        /^In force for acme: key [0-9a-f]{12}, \$20\.00 weekly\. The key before is disabled/,
      );

      await company(['limit', 'acme', '--monthly-usd', '100', '--daily-usd', '0.5']);
      await company(['limit', 'acme', '--monthly-usd', '30', '--department', 'sales', '--warn-at', '0.5']);
      const limits = await json(['limit', 'acme', '--daily-usd', 'none']);
      expect(limits).toMatchObject([
        { scope: 'company', subject: '*', period: 'month', limitUsd: 100, warnFraction: 0.8 },
        { scope: 'department', subject: 'sales', period: 'month', limitUsd: 30, warnFraction: 0.5 },
      ]);
      const shown = await company(['show', 'acme']);
      expect(shown.stdout).toMatch(/^acme: Acme Ltd\nkey: [0-9a-f]{12}, minted on /);
      expect(shown.stdout).toMatch(/department sales +month +30\.00 +0\.00 +15\.00/);
      expect(await json(['list'])).toMatchObject([{ companyId: 'acme', hasKey: true }]);
    });

    it('takes a key from standard input or from a variable, never from an argument', async () => {
      await company(['save', 'brings', '--name', 'Brings']);
      const piped = await json(['key', 'set', 'brings'], { input: `${BROUGHT}\n` });
      const fromVariable = await json(['key', 'set', 'brings', '--key-env', 'THEIRS'], {
        settings: { THEIRS: BROUGHT },
      });
      expect(fromVariable.fingerprint).toBe(piped.fingerprint);
      expect(fromVariable.former).toBe('brought');
      expect((await company(['key', 'set', 'brings', BROUGHT])).code).toBe(1);
      expect((await company(['key', 'set', 'brings', `--key=${BROUGHT}`])).code).toBe(1);
      expect((await company(['key', 'set', 'brings'])).stderr).toContain('Pipe it in');
      expect((await company(['key', 'remove', 'brings'])).stdout).toContain('revoke it where it was made');
      expect(await withDatabase(dump)).not.toContain('canary');
    });

    it('moves all keys to a new master key, after which the old one is not needed', async () => {
      await company(['save', 'moving', '--name', 'Moving']);
      await company(['key', 'set', 'moving'], { input: BROUGHT });
      const next = newMasterKey();
      const alone = await company(['seal', 'rotate'], { settings: { COMPANY_MASTER_KEY: next } });
      expect(alone).toMatchObject({ code: 1, stdout: expect.stringContaining('moving') });
      expect(alone.stdout).toContain('COMPANY_FORMER_MASTER_KEYS');

      const settings = { COMPANY_MASTER_KEY: next, COMPANY_FORMER_MASTER_KEYS: masterKey };
      expect((await company(['seal', 'rotate'], { settings })).stdout).toContain(
        'the former master keys may go',
      );
      const kept = await withDatabase(database =>
        new CompanyKeys({ database, masterKey: new Secret(next) }).get('moving', 'openrouter'),
      );
      expect(kept?.reveal()).toBe(BROUGHT);
      printed = printed.replaceAll(next, '[canary]');
    });

    it('says which setting, company or option is missing, in one line', async () => {
      await company(['save', 'plain', '--name', 'Plain']);
      const none = { COMPANY_MASTER_KEY: '', OPENROUTER_MANAGEMENT_KEY: '' };
      const wrong: [string[], Record<string, string>, RegExp][] = [
        [['key', 'mint', 'plain', '--limit-usd', '5'], none, /Set COMPANY_MASTER_KEY: write 32 random bytes/],
        [
          ['key', 'mint', 'plain', '--limit-usd', '5'],
          { OPENROUTER_MANAGEMENT_KEY: '' },
          /Set OPENROUTER_MANAGEMENT_KEY/,
        ],
        [['key', 'mint', 'plain'], {}, /--limit-usd/],
        [['key', 'rotate', 'plain'], {}, /no key to rotate/],
        [['limit', 'plain'], {}, /--monthly-usd 100/],
        [['show', 'nobody'], {}, /no such company/],
        [['list', '--server', 'http://127.0.0.1:9'], {}, /No server answers at http:\/\/127\.0\.0\.1:9/],
      ];
      for (const [args, settings, says] of wrong) {
        const { code, stdout, stderr } = await company(args, { settings });
        expect({ code, stdout }, args.join(' ')).toEqual({ code: 1, stdout: '' });
        expect(stderr.trim().split('\n')).toEqual([expect.stringMatching(says)]);
      }
    });
  });
