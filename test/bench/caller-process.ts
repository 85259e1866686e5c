import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { CarrierLine } from '../../src/caller/carrier-line.ts';
import { Caller, type Manner, Tally } from './caller.ts';
import { Histogram, type Spread } from './histogram.ts';
import { type Load, openLoadWindow } from './load-window.ts';
import { answerWith } from './peer.ts';
import { Viewer } from './viewer.ts';

/** The callers, in a process of their own. */

export interface Heard {
  load: Load;
  /** Between the arrivals of successive frames. */
  gaps: Spread;
  framesIn: number;
  framesOut: number;
  /** What callers said, and how often they were told to throw away what they had. */
  said: number;
  clears: number;
  bytesAfterClear: number;
  /** Lines that are open at the end. */
  lines: number;
}

export interface Dialling {
  url: string;
  calls: number;
  perSecond: number;
}

const gaps = new Histogram();
const tally = new Tally(gaps);
let callers: Caller[] = [];
let lines: CarrierLine[] = [];
let viewer: Viewer | null = null;
let closeLoad: () => Load;
let sentBefore = 0;

const methods = {
  async converse({ url, calls, perSecond, manner }: Dialling & { manner: Manner }): Promise<void> {
    await spread(calls, perSecond, async () => {
      const caller = new Caller(url, manner, tally);
      callers.push(caller);
      await caller.call.begin();
    });
  },

  /** Calls that end by themselves; settles when the last has. */
  async short({ url, calls, perSecond, manner }: Dialling & { manner: Manner }): Promise<void> {
    await spread(calls, perSecond, async () => {
      const { call } = new Caller(url, manner, tally);
      await call.begin();
      const end = await call.ended();
      if (end.by !== 'caller') throw new Error(`A short call was ended by ${end.by}.`, { cause: end.error });
    });
  },

  /** Bare lines, for a server that only echoes. */
  async openLines({ url, calls, perSecond }: Dialling): Promise<void> {
    await spread(calls, perSecond, async () => {
      const line = new CarrierLine({ url, ...newIdentity(), hearing: 'bytes' });
      tally.watch(line);
      lines.push(line);
      await line.open();
    });
  },

  /** Looks into calls, one of ours or as many as the server lets; gives their SIDs, once the server has told them. */
  async inspect({ url, call, most }: { url: string; call: 'one' | 'all'; most: number }): Promise<string[]> {
    const own = callers[0]?.call.callSid;
    viewer = await Viewer.open(url, {
      ...(call === 'one' && own !== undefined && { call: own }),
      maxEventsPerSecond: most,
    });
    return viewer.told();
  },

  /** Stops looking; gives how many frames came, and their bytes, since the last measurement began. */
  stopInspecting(_: null): { frames: number; bytes: number; dropped: number } {
    const { frames, bytes, dropped } = viewer ?? { frames: 0, bytes: 0, dropped: 0 };
    viewer?.close();
    viewer = null;
    return { frames, bytes, dropped };
  },

  measure(_: null): void {
    tally.clear();
    viewer?.clear();
    sentBefore = framesSent();
    closeLoad = openLoadWindow();
  },

  measured(_: null): Heard {
    const { framesIn, said, clears, bytesAfterClear } = tally;
    return {
      load: closeLoad(),
      gaps: gaps.spread(),
      framesIn,
      framesOut: framesSent() - sentBefore,
      said,
      clears,
      bytesAfterClear,
      lines: openLines().length,
    };
  },

  async hangUp(_: null): Promise<void> {
    await Promise.all([...callers.map(({ call }) => call.hangUp()), ...lines.map(line => line.hangUp())]);
    callers = [];
    lines = [];
  },
};

export type CallerMethods = typeof methods;

function openLines(): CarrierLine[] {
  return [...callers.flatMap(({ call }) => call.line ?? []), ...lines].filter(line => line.isOpen);
}

function framesSent(): number {
  return openLines().reduce((sum, line) => sum + line.counts.framesSent, 0);
}

/** Begins `count` times, evenly in time; settles when all have been done, and throws the first error. */
async function spread(count: number, perSecond: number, begin: () => Promise<void>): Promise<void> {
  const startedMs = performance.now();
  const begun: Promise<void>[] = [];
  while (begun.length < count) {
    const due = Math.min(count, Math.ceil(((performance.now() - startedMs) / 1_000) * perSecond));
    while (begun.length < due) begun.push(begin());
    await sleep(10);
  }
  await Promise.all(begun);
}

function newIdentity() {
  const sid = () => randomBytes(16).toString('hex');
  return { accountSid: `AC${sid()}`, callSid: `CA${sid()}`, streamSid: `MZ${sid()}` };
}

answerWith(methods);
