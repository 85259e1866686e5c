import { once } from 'node:events';
import { describe, expect, it } from 'vitest';

import { SimulatedClock } from '../../../runtime/clock.ts';
import { listenUws } from '../../../runtime/cloud/uws.ts';
import { listenWs } from '../../../runtime/cloud/ws.ts';
import { Client, echoRoute, owned, serverOptions } from './under-test.ts';

describe('idle sockets', () => {
  it('ws pings at half of the timeout, keeps the peer that answers and drops the one that does not', async () => {
    const clock = new SimulatedClock();
    const { route, closed } = echoRoute({ idleTimeoutS: 8 });
    const server = owned(await listenWs(serverOptions({ sockets: [route] }), clock));
    const [live, dead] = [
      await Client.open(server, '/echo/live'),
      await Client.open(server, '/echo/dead', { autoPong: false }),
    ];
    const pinged = [once(live.ws, 'ping'), once(dead.ws, 'ping')];
    clock.advanceSync(4_000);
    await Promise.all(pinged);
    // The echo follows the pong, so the pong has been heard.
    await live.ask('x');

    clock.advanceSync(4_000);
    expect((await dead.closing).code).toBe(1006);
    expect(await live.ask('y')).toBe('text:y');
    expect(closed).toEqual([[1006, '']]);

    await server.close();
    expect(clock.pending).toBe(0);
  });

  it('uws drops a silent peer that does not answer pings within the timeout', async () => {
    const { route, closed } = echoRoute({ idleTimeoutS: 8 });
    const server = owned(await listenUws(serverOptions({ sockets: [route] })));
    const [live, dead] = [
      await Client.open(server, '/echo/live'),
      await Client.open(server, '/echo/dead', { autoPong: false }),
    ];
    expect((await dead.closing).code).toBe(1006);
    expect(await live.ask('y')).toBe('text:y');
    expect(closed).toHaveLength(1);
  });
});
