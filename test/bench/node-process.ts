import { systemClock } from '../../runtime/clock.ts';
import { stateName } from '../../src/call-views.ts';
import { loadConfig } from '../../src/config.ts';
import { oneFlow } from '../../src/flows/library.ts';
import { openNavigator } from '../../src/providers/embedded/navigator/navigator.ts';
import { type RunningServer, startServer } from '../../src/server.ts';
import { openStorage, type Storage } from '../../src/storage/open.ts';
import { booking, bookTable } from '../harness/booking-flow.ts';
import {
  scriptedRecognition,
  scriptedSynthesis,
  scriptedVoiceActivity,
} from '../harness/scripted-providers.ts';
import { type Load, openLoadWindow } from './load-window.ts';
import { answerWith } from './peer.ts';

/** One node of several, in a process of its own that may be killed: a whole server with its records, and scripted senses. */

export interface NodeOptions {
  name: string;
  /** Settings as they are written in the environment. */
  env: Record<string, string>;
  /** PostgreSQL that it shares with others; without it PGlite in `dataDir`. */
  databaseUrl: string | null;
  dataDir: string;
  /** Where every run of the tool is written. */
  bookings: string;
  toolMs: number;
  letterMs: number;
  recognitionMs: number;
  firstWordMs: number;
  firstAudioMs: number;
}

const BYTES_PER_MS = 8;
const quiet = {
  info() {},
  warn() {},
  error: (fields: object, message: string) => console.error(message, fields),
};

let server: RunningServer;
let storage: Storage;
let closeLoad: () => Load;
const looks = new Set<() => void>();

const methods = {
  async start(options: NodeOptions): Promise<{ url: string }> {
    const { name, env, databaseUrl, dataDir, recognitionMs, firstWordMs, firstAudioMs } = options;
    const config = loadConfig({ PORT: '0', AYBIZA_NODE: name, MAX_CALLS: '100000', ...env });
    storage = await openStorage({
      ...(databaseUrl && { databaseUrl }),
      ...{ dataDir, node: name, clock: systemClock, log: quiet, jobs: [] },
    });
    const voice = scriptedSynthesis(systemClock, { firstAudioMs });
    voice.bytesPerLetter = options.letterMs * BYTES_PER_MS;
    server = await startServer({
      ...{ config, clock: systemClock, log: quiet, storage },
      flows: oneFlow({ name: 'booking', machine: booking, version: 'test' }),
      providers: {
        voiceActivity: scriptedVoiceActivity(),
        recognition: scriptedRecognition(systemClock, { recognitionMs }),
        synthesis: voice,
        model: openNavigator({ clock: systemClock, firstWordDelayMs: firstWordMs, wordDelayMs: 0 }),
        tools: [bookTable(options.bookings, systemClock, () => options.toolMs)],
      },
      host: {
        onCall(call) {
          call.log.listen(() => queueMicrotask(look));
          look();
        },
      },
    });
    return { url: server.url };
  },

  /** Resolves when the call is here and in the state, as the console names it. */
  async reached({ callSid, state }: { callSid: string; state: string }): Promise<void> {
    await until(() => {
      const call = server.host.bySid(callSid);
      return call !== undefined && stateName(call.state) === state;
    });
  },

  /** Resolves when the agent has said something with the purpose, and waits for the caller. */
  async heard({ callSid, purpose }: { callSid: string; purpose: string }): Promise<void> {
    await until(() => {
      const call = server.host.bySid(callSid);
      if (!call || stateName(call.state) !== 'floor.listening.quiet') return false;
      return call.record.turns().some(turn => turn.purpose === purpose);
    });
  },

  /** Resolves when no call is left and every record is written. */
  idle(_: null): Promise<void> {
    return server.host.idle();
  },

  calls(_: null): number {
    return server.host.size;
  },

  /** As on SIGTERM: resolves when the process would end. */
  async drain(_: null): Promise<void> {
    await server.drain();
    await methods.stop(null);
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
  },
};

export type NodeMethods = typeof methods;

function until(isSo: () => boolean): Promise<void> {
  return new Promise(resolve => {
    const tryAgain = () => {
      if (!isSo()) return;
      looks.delete(tryAgain);
      resolve();
    };
    looks.add(tryAgain);
    tryAgain();
  });
}

function look(): void {
  for (const each of [...looks]) each();
}

answerWith(methods);
