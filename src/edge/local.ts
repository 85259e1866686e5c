import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { MiniflareOptions } from 'miniflare';
import type { EdgeSetting } from './settings.ts';

export interface LocalEdgeOptions {
  /** The Worker, as `bundleEdge` makes it. */
  code: string;
  /** The Worker's variables and secrets. */
  variables: Readonly<Partial<Record<EdgeSetting, string>>>;
  /** Default a free one. */
  port?: number;
  /** Where its storage lives on; default: in memory. */
  folder?: string;
  /** Hears what the Worker writes to its log; default: this process's own output. */
  logged?(line: string): void;
}

export interface LocalEdge {
  /** Where it listens, on loopback. */
  readonly url: string;
  /** As a new version of the Worker does: all that runs is gone, all that was stored is there. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** As in wrangler.jsonc. */
export const COMPATIBILITY_DATE = '2026-04-26';
const LOOPBACK = '127.0.0.1';

/** Runs the Worker in workerd, the platform's own runtime, on this machine. Throws when miniflare is not installed. */
export async function startLocalEdge({
  code,
  variables,
  port,
  folder,
  logged,
}: LocalEdgeOptions): Promise<LocalEdge> {
  const { Log, LogLevel, Miniflare } = await load();
  const storage =
    folder === undefined ? {} : { durableObjectsPersist: `${folder}/objects`, kvPersist: `${folder}/kv` };
  const options: MiniflareOptions = {
    modules: [{ type: 'ESModule', path: 'worker.js', contents: code }],
    compatibilityDate: COMPATIBILITY_DATE,
    compatibilityFlags: ['nodejs_compat'],
    host: LOOPBACK,
    port: port ?? 0,
    bindings: { ...variables },
    durableObjects: {
      CALLS: { className: 'CallObject', useSQLite: true },
      CAPACITY: { className: 'CapacityObject', useSQLite: true },
    },
    kvNamespaces: ['CACHE'],
    log: new Log(LogLevel.WARN),
    cf: { colo: 'LOCAL' },
    ...storage,
    ...(logged && {
      handleRuntimeStdio(...streams: Readable[]) {
        for (const input of streams) createInterface({ input }).on('line', logged);
      },
    }),
  };
  const miniflare = new Miniflare(options);
  const { origin, port: chosen } = await miniflare.ready;
  return {
    url: origin,
    restart: () => miniflare.setOptions({ ...options, port: Number(chosen) }),
    close: () => miniflare.dispose(),
  };
}

async function load() {
  try {
    return await import('miniflare');
  } catch (cause) {
    throw new Error(
      'The edge runs in miniflare, which is not installed. Install it: npm install --save-dev miniflare',
      {
        cause,
      },
    );
  }
}
