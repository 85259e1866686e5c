import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock as clock } from '../../runtime/clock.ts';
import { openEnergyVoiceActivity } from '../../runtime/media/energy-voice-activity.ts';
import { loadConfig } from '../../src/config.ts';
import { loadFlow } from '../../src/flows/flows.ts';
import { oneFlow } from '../../src/flows/library.ts';
import { openDeepgramRecognition } from '../../src/providers/deepgram/recognition/open.ts';
import { openDeepgramSynthesis } from '../../src/providers/deepgram/synthesis/open.ts';
import { openNavigator } from '../../src/providers/embedded/navigator/navigator.ts';
import { Secret } from '../../src/secret.ts';
import { type RunningServer, startServer } from '../../src/server.ts';
import { openStorage, type Storage } from '../../src/storage/open.ts';
import { speakable } from '../../src/text/speakable-synthesis.ts';
import { openTools } from '../../src/tools/index.ts';
import { type Load, openLoadWindow } from './load-window.ts';
import { answerWith } from './peer.ts';

/** The cloud node that calls are handed to, in a process of its own, with real records. */

export interface CloudOptions {
  edgeSecret: string;
  deepgram: { url: string; apiKey: string };
}

const quiet = {
  info() {},
  warn() {},
  error: (fields: object, message: string) => console.error(message, fields),
};

let server: RunningServer;
let storage: Storage;
let dataDir: string;
let closeLoad: () => Load;

const methods = {
  async start({ edgeSecret, deepgram }: CloudOptions): Promise<{ url: string }> {
    dataDir = mkdtempSync(join(tmpdir(), 'aybiza-bench-'));
    const config = loadConfig({
      PORT: '0',
      AYBIZA_NODE: 'cloud',
      MAX_CALLS: '100000',
      EDGE_SECRET: edgeSecret,
    });
    storage = await openStorage({ dataDir, node: config.node, clock, log: quiet, jobs: [] });
    const access = { apiKey: new Secret(deepgram.apiKey), baseUrl: deepgram.url, clock };
    server = await startServer({
      config,
      clock,
      log: quiet,
      storage: { store: storage.store },
      flows: oneFlow(await loadFlow('order-status')),
      providers: {
        voiceActivity: openEnergyVoiceActivity(),
        recognition: openDeepgramRecognition(access),
        synthesis: speakable(openDeepgramSynthesis(access)),
        model: openNavigator({ clock, firstWordDelayMs: 0, wordDelayMs: 0 }),
        tools: [...openTools({ clock, toolDelayMs: 100 }).values()],
      },
    });
    return { url: server.url };
  },

  /** Resolves when no call is left and every record is written. */
  async idle(_: null): Promise<void> {
    await server.host.idle();
  },

  measure(_: null): void {
    closeLoad = openLoadWindow();
  },

  measured(_: null): Load {
    return closeLoad();
  },

  async stop(_: null): Promise<void> {
    await server.close();
    await storage.close();
    rmSync(dataDir, { recursive: true, force: true });
  },
};

export type CloudMethods = typeof methods;

answerWith(methods);
