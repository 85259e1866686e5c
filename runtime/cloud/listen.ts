import type { Server, ServerOptions } from './transport.ts';
import { listenWs } from './ws.ts';

export interface ListenOptions extends ServerOptions {
  /** Default `uws`. With `ws`, uWebSockets.js is not even loaded. */
  prefer?: 'uws' | 'ws';
  /** Hears why the preferred transport is not the one in use. */
  warn(message: string): void;
}

interface UwsModule {
  listenUws(options: ServerOptions): Promise<Server>;
}

/**
 * Starts the server on uWebSockets.js, or on node:http and `ws` where its binary does not load. An address that cannot
 * be had is a `ListenError` and no reason to switch.
 */
export async function listen(
  options: ListenOptions,
  loadUws: () => Promise<UwsModule> = () => import('./uws.ts'),
): Promise<Server> {
  if (options.prefer === 'ws') return listenWs(options);

  const uws = await loadUws().catch((error: unknown) => {
    options.warn(fallbackWarning(error));
    return null;
  });
  return uws ? uws.listenUws(options) : listenWs(options);
}

function fallbackWarning(error: unknown): string {
  const reason = (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ');
  return (
    `uWebSockets.js did not load, so the server runs on node:http and ws: correct, but with fewer calls per core. ` +
    `Run Node.js 20 on glibc 2.27 or later (Node.js 22 and 24 need glibc 2.38) and reinstall, or choose the ws ` +
    `transport to be rid of this warning. Reason: ${reason}`
  );
}
