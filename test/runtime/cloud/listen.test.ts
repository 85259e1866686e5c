import { describe, expect, it, vi } from 'vitest';

import { listen } from '../../../runtime/cloud/listen.ts';
import { owned, serverOptions, TRANSPORTS } from './under-test.ts';

const brokenBinary = () => Promise.reject(new Error('unsupported Node.js\n\nversion GLIBC_2.38 not found'));

describe('listen', () => {
  it('serves on uWebSockets.js without a warning where it loads', async () => {
    const warn = vi.fn();
    const server = owned(await listen({ ...serverOptions(), warn }));
    expect(server.transport).toBe('uws');
    expect(warn).not.toHaveBeenCalled();
  });

  it('warns with the reason and the remedy, and serves on ws, where the binary does not load', async () => {
    const warn = vi.fn();
    const server = owned(await listen({ ...serverOptions(), warn }, brokenBinary));

    expect(server.transport).toBe('ws');
    expect(await (await fetch(`http://127.0.0.1:${server.port}/health`)).text()).toBe('ok');
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]![0]).toMatch(
      /Run Node.js 20.*Reason: unsupported Node.js version GLIBC_2.38 not found$/,
    );
  });

  it('does not even load uWebSockets.js when ws is preferred', async () => {
    const load = vi.fn(brokenBinary);
    const warn = vi.fn();
    const server = owned(await listen({ ...serverOptions(), prefer: 'ws', warn }, load));
    expect(server.transport).toBe('ws');
    expect(load).not.toHaveBeenCalled();
    expect(warn).not.toHaveBeenCalled();
  });

  it.each(TRANSPORTS)(
    'names a port that $transport holds as in use, and does not switch',
    async ({ listenOn }) => {
      const { port } = owned(await listenOn(serverOptions()));
      const warn = vi.fn();
      const inUse = {
        code: 'PORT_IN_USE',
        message: expect.stringContaining(`Port ${port} on 127.0.0.1 is in use`),
      };

      await expect(listen({ ...serverOptions({ port }), warn })).rejects.toMatchObject(inUse);
      await expect(listen({ ...serverOptions({ port }), prefer: 'ws', warn })).rejects.toMatchObject(inUse);
      expect(warn).not.toHaveBeenCalled();
    },
  );

  it.each(TRANSPORTS)('tells on $transport why an address cannot be had', async ({ listenOn }) => {
    await expect(listenOn(serverOptions({ host: '192.0.2.1' }))).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      message: expect.stringContaining('EADDRNOTAVAIL'),
    });
  });
});
