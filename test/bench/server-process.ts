import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { systemClock } from '../../runtime/clock.ts';
import { loadConfig } from '../../src/config.ts';
import { loadFlow } from '../../src/flows/flows.ts';
import { oneFlow } from '../../src/flows/library.ts';
import { type RunningServer, startServer } from '../../src/server.ts';
import { openStorage, type Storage } from '../../src/storage/open.ts';
import { type Load, openLoadWindow } from './load-window.ts';
import { answerWith } from './peer.ts';
import { type HotSpot, startProfile } from './profiler.ts';
import { Stopwatch, type Times } from './stopwatch.ts';
import { type ProviderTimes, timedProviders } from './timed-providers.ts';
import { TotalsJournal } from './totals-journal.ts';

/** The server under test, in a process of its own. */

export interface ServerOptions {
  transport: 'auto' | 'ws';
  storage: 'memory' | 'pglite';
  providers: ProviderTimes;
}

export interface Window {
  load: Load;
  times: Times;
  /** Empty unless asked for. */
  profile: HotSpot[];
}

export interface Memory {
  heapBytes: number;
  /** Audio and other buffers outside the heap. */
  externalBytes: number;
  residentBytes: number;
  calls: number;
}

const quiet = {
  info() {},
  warn() {},
  error: (fields: object, message: string) => console.error(message, fields),
};

const stopwatch = new Stopwatch(systemClock);
let server: RunningServer;
let storage: Storage | null = null;
let dataDir: string | null = null;
let closeLoad: () => Load;
let stopProfile: (() => Promise<HotSpot[]>) | null = null;

const methods = {
  async start(options: ServerOptions): Promise<{ url: string; transport: string }> {
    const config = loadConfig({ PORT: '0', TRANSPORT: options.transport, MAX_CALLS: '100000' });
    if (options.storage === 'pglite') await openRealStorage(config.node);
    server = await startServer({
      config,
      clock: systemClock,
      log: quiet,
      flows: oneFlow(await loadFlow('order-status')),
      providers: timedProviders(systemClock, stopwatch, options.providers),
      storage: storage ?? ({ store: memoryStore() } as unknown as Storage),
      host: { onCall: call => stopwatch.watch(call) },
    });
    return { url: server.url, transport: server.transport };
  },

  async measure({ profile }: { profile: boolean }): Promise<void> {
    stopwatch.start();
    if (profile) stopProfile = await startProfile();
    closeLoad = openLoadWindow();
  },

  async measured(_: null): Promise<Window> {
    const load = closeLoad();
    const times = stopwatch.read();
    const profile = (await stopProfile?.()) ?? [];
    stopProfile = null;
    return { load, times, profile };
  },

  /** Takes the times of the other calls alone. */
  setApart({ callSids }: { callSids: readonly string[] }): void {
    stopwatch.setApart(callSids);
  },

  async memory(_: null): Promise<Memory> {
    // What finalizers release goes with the second collection. Then at once: the next turn makes new garbage.
    globalThis.gc?.();
    await nextTurn();
    globalThis.gc?.();
    const { heapUsed, external, rss } = process.memoryUsage();
    return { heapBytes: heapUsed, externalBytes: external, residentBytes: rss, calls: server.host.size };
  },

  /** Resolves when no call is left and every record is written. */
  async idle(_: null): Promise<void> {
    await server.host.idle();
    stopwatch.forgetAll();
  },

  async stop(_: null): Promise<void> {
    await server.close();
    await storage?.close();
    if (dataDir) rmSync(dataDir, { recursive: true, force: true });
  },
};

export type ServerMethods = typeof methods;

/** At boot the server also asks the store for calls that a dead node left behind: here there are none. */
function memoryStore() {
  return Object.assign(new TotalsJournal(), {
    orphans: async () => [],
    claim: async () => null,
    onLost: () => () => {},
  });
}

async function openRealStorage(node: string): Promise<void> {
  dataDir = mkdtempSync(join(tmpdir(), 'aybiza-bench-'));
  storage = await openStorage({ dataDir, node, clock: systemClock, log: quiet });
}

answerWith(methods);
