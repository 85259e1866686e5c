import { describe, expect, it } from 'vitest';
import type { CallHost } from '../../../runtime/call-host.ts';
import type { HttpRequest } from '../../../runtime/cloud/transport.ts';
import { ARCHIVE_PATH } from '../../../runtime/edge/archive.ts';
import { Secret } from '../../../src/secret.ts';
import { edgeAccess } from '../../../src/telephony/edge-access.ts';
import { edgeRoutes } from '../../../src/telephony/edge-routes.ts';
import { quietLog } from '../../harness/sim-call.ts';
import { heard, sampleStart, sampleSummary } from '../storage/sample-calls.ts';

const SECRET = 'edge-and-cloud-know-this';

describe('the record that an edge sends', () => {
  it('waits as long as the node still has the call, or more of it to write down than the records know', async () => {
    const start = sampleStart();
    const here = { calls: [] as { start: typeof start }[], isFinishing: false };
    const kept: string[] = [];
    const routes = edgeRoutes({
      access: edgeAccess(new Secret(SECRET)),
      host: {
        bySid: () => here.calls[0],
        isFinishing: () => here.isFinishing,
      } as unknown as CallHost,
      desk: {} as never,
      log: quietLog,
      refusal: { of: () => null },
      archive: async call => void kept.push(call.start.callId),
      agentFor: () => ({}) as never,
    });
    const route = routes.find(({ path }) => path === ARCHIVE_PATH);
    const send = async () => {
      const call = { start, entries: [heard(1, 'hello')], summary: sampleSummary(start) };
      const headers = { authorization: `Bearer ${SECRET}` };
      const request = { headers, params: {}, body: Buffer.from(JSON.stringify(call)) };
      return (await route?.handle(request as unknown as HttpRequest))?.status;
    };

    here.calls = [{ start }];
    expect(await send()).toBe(409);
    here.calls = [];
    here.isFinishing = true;
    expect(await send()).toBe(409);
    expect(kept).toEqual([]);
    here.isFinishing = false;
    expect(await send()).toBe(204);
    expect(kept).toEqual([start.callId]);
  });
});
