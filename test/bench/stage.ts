import type { CallerMethods, Heard } from './caller-process.ts';
import { Peer } from './peer.ts';
import type { ServerMethods, ServerOptions, Window } from './server-process.ts';

export const SERVER_CORE = 0;
export const CALLER_CORE = 1;

/** A server on one core, callers on the other. */
export interface Stage {
  server: Peer<ServerMethods>;
  callers: Peer<CallerMethods>;
  url: string;
  transport: string;
  /** Lets both sides count for so long. */
  measure(seconds: number, profile: boolean): Promise<{ window: Window; heard: Heard }>;
}

/** Runs `play` between a fresh server and fresh callers, and ends both. */
export async function onStage<T>(options: ServerOptions, play: (stage: Stage) => Promise<T>): Promise<T> {
  const server = new Peer<ServerMethods>('server-process', SERVER_CORE);
  const callers = new Peer<CallerMethods>('caller-process', CALLER_CORE);
  try {
    const { url, transport } = await server.ask('start', options);
    const result = await play({
      server,
      callers,
      url,
      transport,
      async measure(seconds, profile) {
        await Promise.all([server.ask('measure', { profile }), callers.ask('measure', null)]);
        await pass(seconds);
        const [window, heard] = await Promise.all([
          server.ask('measured', null),
          callers.ask('measured', null),
        ]);
        return { window, heard };
      },
    });
    await server.ask('stop', null);
    return result;
  } finally {
    await Promise.all([server.end(), callers.end()]);
  }
}

export function pass(seconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, seconds * 1_000));
}

/** Says how much of the time the core was someone else's: numbers taken on a busy machine are worse than they are. */
export function loadNote({ load }: { load: Pick<Heard['load'], 'cpu' | 'waited'> }): string {
  const waited = load.waited === null ? '' : `, ${(100 * load.waited).toFixed(0)} % waiting for the core`;
  return `${(100 * load.cpu).toFixed(0)} % of its core${waited}`;
}
