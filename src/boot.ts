import { systemClock } from '../runtime/clock.ts';
import type { Config } from './config.ts';
import { loadFlow } from './flows.ts';
import { createLogger, type Logger } from './log.ts';
import { openProviders } from './providers/open.ts';
import { secretsIn } from './secret.ts';
import { type RunningServer, type ServerParts, startServer } from './server.ts';
import { openStorage, type Storage } from './storage/open.ts';

export interface BootOptions {
  /** Opening the parts takes seconds; this says what is being done. */
  onProgress(message: string): void;
  host?: ServerParts['host'];
}

/** A running product with everything it stands on. */
export interface Product {
  readonly server: RunningServer;
  readonly storage: Storage;
  readonly log: Logger;
  /** Lets calls finish, then closes all parts, in the order in which they stand on each other. */
  shutDown(options: { drain: boolean }): Promise<void>;
}

/** Opens storage, providers and server as the settings say. Closes what is open again when a later part fails. */
export async function boot(config: Config, { onProgress, host }: BootOptions): Promise<Product> {
  const log = createLogger({
    level: config.logLevel,
    node: config.node,
    secrets: secretsIn(config),
  });
  const opened: { close(): Promise<void> }[] = [];
  const closeAll = async () => {
    for (const part of opened.splice(0).reverse()) await part.close();
  };

  try {
    const flow = await loadFlow(config.flow);
    const clock = systemClock;
    const storage = await openStorage({
      databaseUrl: config.databaseUrl?.reveal(),
      redisUrl: config.redisUrl?.reveal(),
      dataDir: config.dataDir,
      node: config.node,
      clock,
      log,
      onProgress,
    });
    opened.push(storage);
    onProgress('Loading ears, voice and models');
    const providers = await openProviders({ config, clock, log, random: Math.random }, flow.machine);
    opened.push(providers);
    const server = await startServer({ config, clock, log, flow, providers, storage, ...(host && { host }) });
    opened.push(server);

    return {
      server,
      storage,
      log,
      async shutDown({ drain }) {
        if (drain) await server.drain();
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}
