import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../runtime/clock.ts';
import type { Server } from '../../../runtime/cloud/transport.ts';
import { keyedAccess } from '../../../src/api/access.ts';
import { companyRoutes } from '../../../src/api/companies.ts';
import { administerThere } from '../../../src/cli/company-remote.ts';
import { companyAdministration, fingerprintOf } from '../../../src/companies/administration.ts';
import { CompanyKeys } from '../../../src/companies/company-keys.ts';
import {
  type OpenRouterManagement,
  openOpenRouterManagement,
} from '../../../src/companies/openrouter-management.ts';
import {
  type OpenAiCompatibleEmulator,
  startOpenAiCompatibleEmulator,
} from '../../../src/emulators/openai-compatible/openai-compatible.ts';
import { Secret } from '../../../src/secret.ts';
import type { Database } from '../../../src/storage/database.ts';
import { serverOptions, TRANSPORTS } from '../../runtime/cloud/under-test.ts';
import { openRecords, recordBackends } from '../companies/records.ts';
import { keptLog } from '../storage/watched-jobs.ts';

const API_KEY = new Secret('canary-api-key-0123456789');
const MANAGEMENT_KEY = 'sk-or-management-canary';
const BROUGHT = new Secret('sk-or-v1-brought-canary');
const ROUTES = [
  ['GET', '/api/companies'],
  ['GET', '/api/companies/acme'],
  ['PUT', '/api/companies/acme'],
  ['PUT', '/api/companies/acme/key'],
  ['DELETE', '/api/companies/acme/key'],
  ['POST', '/api/companies/acme/key/mint'],
  ['POST', '/api/companies/acme/key/rotate'],
  ['PUT', '/api/companies/acme/limits'],
  ['POST', '/api/seal/rotate'],
] as const;

for (const backend of recordBackends)
  describe.skipIf(backend.absent).each(TRANSPORTS)(
    `companies over the API on ${backend.name} and $transport`,
    ({ listenOn }) => {
      let database: Database;
      let remove: () => Promise<void>;
      let emulator: OpenAiCompatibleEmulator;
      let management: OpenRouterManagement;
      let server: Server;
      let log: ReturnType<typeof keptLog>;

      beforeAll(async () => {
        ({ database, remove } = await openRecords(backend));
      });
      afterAll(() => remove?.());

      beforeEach(async () => {
        await database.query('delete from aybiza.company_keys');
        emulator = await startOpenAiCompatibleEmulator({ apiKey: 'ours', managementKey: MANAGEMENT_KEY });
        await open({});
      });
      afterEach(async () => {
        await server.close();
        management.close();
        await emulator.close();
      });

      async function open({ apiKey = API_KEY as Secret | null, managementKey = MANAGEMENT_KEY }) {
        await server?.close();
        management?.close();
        const clock = systemClock;
        management = openOpenRouterManagement({
          managementKey: new Secret(managementKey),
          clock,
          baseUrl: `${emulator.url}/api/v1`,
        });
        log = keptLog();
        const keys = new CompanyKeys({ database, masterKey: new Secret(randomBytes(32).toString('base64')) });
        server = await listenOn(
          serverOptions({
            http: companyRoutes({
              access: keyedAccess(apiKey),
              companies: companyAdministration({ database, clock, keys, management }),
              log,
            }),
          }),
        );
      }

      const url = () => `http://127.0.0.1:${server.port}`;
      async function send(method: string, path: string, body?: string, key: Secret | null = API_KEY) {
        const headers: Record<string, string> = key ? { authorization: `Bearer ${key.reveal()}` } : {};
        const response = await fetch(url() + path, { method, headers, ...(body !== undefined && { body }) });
        return { status: response.status, text: await response.text(), headers: response.headers };
      }

      it('saves, mints, shows, limits, rotates, replaces and removes, and no answer or log line has a key', async () => {
        const there = administerThere(url(), API_KEY);
        expect(await there.save('acme', { name: 'Acme' })).toMatchObject({ companyId: 'acme', name: 'Acme' });
        const minted = await there.mintKey('acme', { limitUsd: 5 });
        expect(minted).toMatchObject({ limit: { limitUsd: 5, reset: 'monthly' }, former: 'none' });
        const rotated = await there.rotateKey('acme', {});
        expect(rotated).toMatchObject({ limit: { limitUsd: 5 }, former: 'disabled' });
        expect(
          await there.setLimit('acme', { scope: 'company', period: 'month', limitUsd: 9 }),
        ).toMatchObject([{ limitUsd: 9, spentUsd: 0 }]);
        expect(await there.show('acme')).toMatchObject({
          key: { fingerprint: rotated.fingerprint },
          limits: [{ limitUsd: 9 }],
        });
        expect(await there.setKey('acme', BROUGHT)).toMatchObject({ fingerprint: fingerprintOf(BROUGHT) });
        expect(await there.list()).toMatchObject([{ companyId: 'acme', hasKey: true }]);
        expect(await there.rotateSeal()).toEqual({ rotated: 0, unreadable: [] });
        expect(await there.removeKey('acme')).toMatchObject({ fingerprint: null, former: 'brought' });

        const answers = await Promise.all([
          send('GET', '/api/companies'),
          send('GET', '/api/companies/acme'),
        ]);
        expect([...answers.map(answer => answer.text), ...log.lines].join()).not.toMatch(/canary|sk-or-v1/);
        expect(answers[0]?.headers.get('cache-control')).toBe('no-store');
        expect(log.lines.filter(line => line.includes('was changed')).length).toBe(7);
      });

      it('answers nobody without the key, on its own machine too, and does nothing', async () => {
        for (const [method, path] of ROUTES) {
          const wrong = new Secret(`${API_KEY.reveal()}x`);
          for (const key of [null, wrong]) {
            const { status, text } = await send(method, path, method === 'GET' ? undefined : '{}', key);
            expect(status, `${method} ${path}`).toBe(401);
            expect(text).not.toContain('canary');
          }
        }
        await open({ apiKey: null });
        for (const [method, path] of ROUTES) {
          const { status, text } = await send(method, path, undefined, null);
          expect(status).toBe(401);
          expect(text).toContain('API_KEY');
        }
        expect(emulator.requests).toEqual([]);
        expect(log.lines).toEqual([]);
      });

      it('says what is wrong with a request without quoting it', async () => {
        await administerThere(url(), API_KEY).save('acme', { name: 'Acme' });
        const refused: [string, string, string | undefined, number, RegExp][] = [
          ['PUT', 'acme', '{"name": canary', 400, /not JSON/],
          ['PUT', 'acme', '{"name": "x", "canary": 1}', 400, /field too many.*name/],
          ['PUT', 'acme', undefined, 400, /JSON object with name/],
          ['PUT', '%20canary', '{"name": "x"}', 400, /company's id/],
          ['PUT', 'acme/key', '{"key": "canary canary canary"}', 400, /^.*key: write/],
          ['PUT', 'acme/key', '["canary"]', 400, /JSON object with key/],
          [
            'PUT',
            'acme/limits',
            '{"scope": "canary", "period": "day", "limitUsd": 1}',
            400,
            /scope: write one of/,
          ],
          ['POST', 'acme/key/mint', '{"limitUsd": "canary"}', 400, /limitUsd/],
          ['POST', 'acme/key/rotate', undefined, 409, /no key to rotate/],
          ['DELETE', 'acme/key', undefined, 409, /no key/],
          ['GET', 'nobody', undefined, 404, /Save it first/],
          ['PUT', 'nobody/key', `{"key": "${BROUGHT.reveal()}"}`, 404, /Save the company/],
        ];
        for (const [method, path, body, expected, says] of refused) {
          const { status, text } = await send(method, `/api/companies/${path}`, body);
          expect(status, `${method} ${path} ${body} ${text}`).toBe(expected);
          expect(JSON.parse(text).error).toMatch(says);
          expect(text).not.toContain('canary');
        }
        expect(log.lines.join()).not.toContain('canary');
      });

      it('tells what OpenRouter refused without its words', async () => {
        await open({ managementKey: 'sk-or-wrong-canary' });
        await administerThere(url(), API_KEY).save('acme', { name: 'Acme' });
        const { status, text } = await send('POST', '/api/companies/acme/key/mint', '{"limitUsd": 1}');
        expect(status).toBe(502);
        expect(JSON.parse(text)).toMatchObject({
          code: 'PROVIDER_FAILED',
          error: expect.stringContaining('Check OPENROUTER_MANAGEMENT_KEY'),
        });
        expect(text + log.lines.join()).not.toContain('canary');
      });

      it('keeps the cause of a failure from the client and gives it to the operator', async () => {
        await database.query('alter table aybiza.companies rename to gone');
        try {
          const { status, text } = await send('GET', '/api/companies');
          expect(status).toBe(503);
          expect(text).not.toContain('aybiza.companies');
          expect(log.lines.join()).toContain('could not be administered');
        } finally {
          await database.query('alter table aybiza.gone rename to companies');
        }
      });
    },
  );
