import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallSummary } from '../../../runtime/journal.ts';
import { type Flow, loadFlow } from '../../../src/flows/flows.ts';
import { flowResults, rate } from '../../../src/flows/results.ts';
import { storedFlow, storeFlow } from '../../../src/flows/stored-versions.ts';
import type { Database } from '../../../src/storage/database.ts';
import { openRecords, recordBackends } from '../companies/records.ts';
import { sampleStart, sampleSummary, sampleTurn } from '../storage/sample-calls.ts';

const DAY = Date.UTC(2026, 0, 2);

it('a rate says how certain it is: Wilson’s interval of known cases', () => {
  // Newcombe, Statistics in Medicine 17 (1998), table I: 81 of 263, and 0 of 20.
  expect(rate(81, 263)).toMatchObject({ low: expect.closeTo(0.2553, 4), high: expect.closeTo(0.3662, 4) });
  expect(rate(0, 20)).toMatchObject({ low: 0, high: expect.closeTo(0.1611, 4) });
  expect(rate(0, 0)).toEqual({ count: 0, share: 0, low: 0, high: 1 });
});

for (const backend of recordBackends) {
  describe.skipIf(backend.absent)(`flows on ${backend.name}`, () => {
    let database: Database;
    let remove: () => Promise<void>;

    beforeAll(async () => {
      ({ database, remove } = await openRecords(backend));
    });
    afterAll(() => remove?.());

    const ended = async (flowVersion: string, summary: Partial<CallSummary>, startedAt = DAY) => {
      const start = sampleStart({
        callId: randomUUID(),
        callSid: randomUUID(),
        flow: 'orders',
        flowVersion,
        startedAt,
      });
      const whole = sampleSummary(start, { endedAt: startedAt + 60_000, ...summary });
      await database.query(
        `insert into aybiza.calls (call_id, call_sid, node, process, status, started_at, ended_at, outcome, start, summary)
         values ($1, $2, 'n', '{}', 'ended', $3::timestamptz, $4::timestamptz, $5, $6::jsonb, $7::jsonb)`,
        [
          start.callId,
          start.callSid,
          new Date(startedAt).toISOString(),
          new Date(whole.endedAt).toISOString(),
          whole.outcome,
          JSON.stringify(start),
          JSON.stringify(whole),
        ],
      );
    };

    it('tells what became of the calls of each version, and of none before the day asked for', async () => {
      const usage = {
        provider: 'p',
        model: 'm',
        inputTokens: 1,
        outputTokens: 1,
        cachedInputTokens: 0,
        costUsd: 0.02,
      };
      await ended('v1', { outcome: 'completed', flowState: 'goodbye' }, DAY);
      await ended(
        'v1',
        {
          outcome: 'hungUp',
          flowState: 'asking',
          turns: [sampleTurn({ notUnderstood: true }), sampleTurn({ caller: null })],
        },
        DAY,
      );
      await ended('v1', { outcome: 'hungUp', flowState: 'asking' }, DAY - 1);
      await ended(
        'v2',
        {
          outcome: 'completed',
          flowState: 'goodbye',
          turns: [sampleTurn({ usage: [usage, usage] as never })],
        },
        DAY + 5,
      );

      const [v2, v1, ...others] = await flowResults(database, { flow: 'orders', since: DAY });

      expect(others).toEqual([]);
      expect(v1).toMatchObject({
        flow: 'orders',
        version: 'v1',
        firstAt: DAY,
        lastAt: DAY,
        calls: 2,
        outcomes: { completed: rate(1, 2), hungUp: rate(1, 2) },
        endedIn: { asking: 1, goodbye: 1 },
        meanDurationS: 60,
        meanTurns: 1.5,
        notUnderstoodPerHundred: 50,
        meanModelCostUsd: null,
      });
      expect(v2).toMatchObject({ version: 'v2', calls: 1, meanModelCostUsd: expect.closeTo(0.04, 9) });
      expect(await flowResults(database, { flow: 'others', since: 0 })).toEqual([]);
      expect(await flowResults(database, { flow: null, since: 0 })).toHaveLength(2);
    });

    it('gives a version back as it was in force, and says when code behind its names is not what it was', async () => {
      const flow = await loadFlow('order-status');
      await storeFlow(database, flow);
      await storeFlow(database, flow);
      const own: Flow = { ...flow, version: 'by other code' };
      await storeFlow(database, own);

      const stored = await storedFlow(database, 'order-status', flow.version, flow.machine);
      expect(stored?.isWhole).toBe(true);
      expect(stored?.machine.config).toEqual(JSON.parse(JSON.stringify(flow.machine.config)));
      expect((await storedFlow(database, 'order-status', flow.version, null))?.isWhole).toBe(true);
      expect((await storedFlow(database, 'order-status', 'by other code', flow.machine))?.isWhole).toBe(
        false,
      );
      expect(await storedFlow(database, 'order-status', 'unknown', flow.machine)).toBeNull();
    });
  });
}
