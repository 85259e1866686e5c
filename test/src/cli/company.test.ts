import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../runtime/clock.ts';
import { listenWs } from '../../../runtime/cloud/ws.ts';
import { keyedAccess } from '../../../src/api/access.ts';
import { companyRoutes } from '../../../src/api/companies.ts';
import { companyCommand } from '../../../src/cli/company.ts';
import { companyAdministration } from '../../../src/companies/administration.ts';
import { CompanyKeys } from '../../../src/companies/company-keys.ts';
import { openOpenRouterManagement } from '../../../src/companies/openrouter-management.ts';
import {
  type OpenAiCompatibleEmulator,
  startOpenAiCompatibleEmulator,
} from '../../../src/emulators/openai-compatible/openai-compatible.ts';
import { Secret } from '../../../src/secret.ts';
import { migrate } from '../../../src/storage/migrate.ts';
import { openDatabase, type StorageOptions } from '../../../src/storage/open.ts';
import { compiledProgram } from '../../harness/compiled-product.ts';
import { serverOptions } from '../../runtime/cloud/under-test.ts';
import { dump, recordBackends } from '../companies/records.ts';
import { keptLog } from '../storage/watched-jobs.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const MANAGEMENT_KEY = 'sk-or-management-canary';
const BROUGHT = 'sk-or-v1-brought-canary';
const newMasterKey = () => randomBytes(32).toString('base64');

/** PGlite starts anew for every command. */
const handiest = recordBackends.findLast(({ absent }) => !absent);

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

    const settingsOf = (settings: Record<string, string>) => ({
      AYBIZA_DATA_DIR: place.dataDir,
      DATABASE_URL: place.databaseUrl ?? '',
      COMPANY_MASTER_KEY: masterKey,
      OPENROUTER_MANAGEMENT_KEY: MANAGEMENT_KEY,
      OPENROUTER_URL: `${emulator.url}/api/v1`,
      ...settings,
    });

    /** Runs the command in this process. What it throws is what the program prints. */
    async function company(args: string[], settings: Record<string, string> = {}) {
      const log = vi.spyOn(console, 'log').mockImplementation(() => {});
      for (const [name, value] of Object.entries(settingsOf(settings))) vi.stubEnv(name, value);
      const before = process.exitCode;
      try {
        process.exitCode = 0;
        const failed = (error: Error) => ({ stderr: error.message, code: 1 });
        const ended = await companyCommand()
          .parseAsync(args, { from: 'user' })
          .then(() => ({ stderr: '', code: process.exitCode }), failed);
        const stdout = log.mock.calls.map(([line]) => `${line}\n`).join('');
        printed += stdout + ended.stderr;
        return { stdout, ...ended };
      } finally {
        process.exitCode = before;
        vi.unstubAllEnvs();
        log.mockRestore();
      }
    }

    /** Runs it in a process of its own, as an operator does. */
    async function program(args: string[], input: string) {
      const { PATH = '', HOME = '' } = process.env;
      const child = spawn(process.execPath, [await compiledProgram('src/cli/main.ts'), 'company', ...args], {
        cwd: ROOT,
        env: { PATH, HOME, ...settingsOf({}) },
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

    async function json(args: string[], settings?: Record<string, string>) {
      const { stdout, stderr, code } = await company([...args, '--json'], settings);
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

    it('takes a company from its name to a minted, limited, rotated key through a running server', async () => {
      const apiKey = 'canary-api-key-0123456789';
      await withDatabase(async database => {
        const clock = systemClock;
        const management = openOpenRouterManagement({
          managementKey: new Secret(MANAGEMENT_KEY),
          clock,
          baseUrl: `${emulator.url}/api/v1`,
        });
        const keys = new CompanyKeys({ database, masterKey: new Secret(masterKey) });
        const companies = companyAdministration({ database, clock, keys, management });
        const access = keyedAccess(new Secret(apiKey));
        const server = await listenWs(
          serverOptions({ http: companyRoutes({ access, companies, log: keptLog() }) }),
        );
        const there = ['--server', `http://127.0.0.1:${server.port}`, '--api-key-env', 'THEIRS'];
        const ask = (...args: string[]) => company([...args, ...there], { THEIRS: apiKey });
        try {
          expect(await ask('save', 'acme', '--name', 'Acme Ltd')).toMatchObject({ code: 0, stderr: '' });
          const minted = await ask('key', 'mint', 'acme', '--limit-usd', '20', '--reset', 'weekly', '--json');
          expect(JSON.parse(minted.stdout)).toMatchObject({
            limit: { limitUsd: 20, reset: 'weekly' },
            former: 'none',
          });
          const rotated = await ask('key', 'rotate', 'acme');
          expect(rotated.stdout).toMatch(
            /^In force for acme: key [0-9a-f]{12}, \$20\.00 weekly\. The key before is disabled/,
          );

          await ask('limit', 'acme', '--monthly-usd', '100', '--daily-usd', '0.5');
          await ask('limit', 'acme', '--monthly-usd', '30', '--department', 'sales', '--warn-at', '0.5');
          const limits = await ask('limit', 'acme', '--daily-usd', 'none', '--json');
          expect(JSON.parse(limits.stdout)).toMatchObject([
            { scope: 'company', subject: '*', period: 'month', limitUsd: 100, warnFraction: 0.8 },
            { scope: 'department', subject: 'sales', period: 'month', limitUsd: 30, warnFraction: 0.5 },
          ]);
          const shown = await ask('show', 'acme');
          expect(shown.stdout).toMatch(/^acme: Acme Ltd\nkey: [0-9a-f]{12}, minted on /);
          expect(shown.stdout).toMatch(/department sales +month +30\.00 +0\.00 +15\.00/);
          expect(JSON.parse((await ask('list', '--json')).stdout)).toMatchObject([
            { companyId: 'acme', hasKey: true },
          ]);

          expect(await company(['list', ...there])).toMatchObject({
            code: 1,
            stderr: expect.stringContaining('Authorization: Bearer'),
          });
          // PGlite is this server's alone.
          if (!place.databaseUrl) expect((await company(['list'])).stderr).toContain('name it with --server');
        } finally {
          await server.close();
          management.close();
        }
      });
    });

    it('takes a key from standard input or from a variable', async () => {
      await company(['save', 'brings', '--name', 'Brings']);
      const piped = await program(['key', 'set', 'brings', '--json'], `${BROUGHT}\n`);
      expect(piped).toMatchObject({ code: 0, stderr: '' });
      const fromVariable = await json(['key', 'set', 'brings', '--key-env', 'THEIRS'], { THEIRS: BROUGHT });
      expect(fromVariable.fingerprint).toBe(JSON.parse(piped.stdout).fingerprint);
      expect(fromVariable.former).toBe('brought');
      expect((await company(['key', 'remove', 'brings'])).stdout).toContain('revoke it where it was made');
      expect(await withDatabase(dump)).not.toContain('canary');
    });

    // Nothing of these differs between databases.
    if (backend !== handiest) return;

    it('takes no key from an argument, and none that is empty', async () => {
      const wrong = await program(['key', 'set', 'brings', `--key=${BROUGHT}`], '');
      expect(wrong).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('unknown option') });
      const empty = await program(['key', 'set', 'brings'], '\n');
      expect(empty).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('Pipe it in') });
    });

    it('moves all keys to a new master key, after which the old one is not needed', async () => {
      await company(['save', 'moving', '--name', 'Moving']);
      await company(['key', 'set', 'moving', '--key-env', 'THEIRS'], { THEIRS: BROUGHT });
      const next = newMasterKey();
      const alone = await company(['seal', 'rotate'], { COMPANY_MASTER_KEY: next });
      expect(alone).toMatchObject({ code: 1, stdout: expect.stringContaining('moving') });
      expect(alone.stdout).toContain('COMPANY_FORMER_MASTER_KEYS');

      const settings = { COMPANY_MASTER_KEY: next, COMPANY_FORMER_MASTER_KEYS: masterKey };
      expect((await company(['seal', 'rotate'], settings)).stdout).toContain('the former master keys may go');
      const kept = await withDatabase(database =>
        new CompanyKeys({ database, masterKey: new Secret(next) }).get('moving', 'openrouter'),
      );
      expect(kept?.reveal()).toBe(BROUGHT);
      expect(printed).not.toContain(next);
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
        [['list', '--server', 'http://127.0.0.1:9'], {}, /No server answers at http:\/\/127\.0\.0\.1:9/],
      ];
      for (const [args, settings, says] of wrong) {
        const { code, stdout, stderr } = await company(args, settings);
        expect({ code, stdout }, args.join(' ')).toEqual({ code: 1, stdout: '' });
        expect(stderr.trim().split('\n')).toEqual([expect.stringMatching(says)]);
      }
    });
  });
