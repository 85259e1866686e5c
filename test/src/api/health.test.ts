import { expect, it } from 'vitest';
import { healthRoute } from '../../../src/api/health.ts';
import { httpRequest } from '../telephony/http-request.ts';

it('health is 200 while new calls are welcome and 503 while the node drains, for any balancer', async () => {
  const health = {
    draining: false,
    calls: 3,
    moved: 2,
    maxCalls: 10,
    region: 'us-east-1',
    transport: 'ws' as const,
    uptimeS: 12,
    version: '0.1.0',
  };
  const route = healthRoute(() => health);
  const read = async () => {
    const answer = await route.handle(httpRequest({ path: '/healthz', remoteAddress: '10.0.0.1' }));
    expect(answer.headers?.['cache-control']).toBe('no-store');
    return [answer.status, JSON.parse(String(answer.body))];
  };
  const rest = {
    calls: 3,
    maxCalls: 10,
    region: 'us-east-1',
    transport: 'ws',
    uptimeS: 12,
    version: '0.1.0',
  };

  expect(await read()).toEqual([200, { status: 'ok', ...rest }]);
  health.draining = true;
  const why = expect.stringMatching(/told to stop.*: 3 are here still, 2 have gone to other nodes/);
  expect(await read()).toEqual([503, { status: 'draining', why, moved: 2, ...rest }]);
});
