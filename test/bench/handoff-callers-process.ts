import http from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { BYTES_PER_MS } from '../../runtime/media/media-streams.ts';
import { PhoneCall } from '../../src/caller/phone-call.ts';
import type { StereoRecorder } from '../../src/caller/stereo-recorder.ts';
import { type Load, openLoadWindow } from './load-window.ts';
import { answerWith } from './peer.ts';
import { compare } from './told-voice.ts';

/** Callers whose calls are handed over in the middle of the agent's words, in a process of their own. */

export interface HandOffCalls {
  /** Of the Worker. */
  url: string;
  edgeSecret: string;
  calls: number;
  /** So many of them at once. */
  atOnce: number;
  /** Whether they are handed over, or stay where they are. */
  moves: boolean;
  /** What the agent says first, to its last byte. */
  greeting: Uint8Array;
}

export interface Outcome {
  /** The longest that the caller's end had nothing to play within the greeting. */
  silenceMs: number;
  /** The least that the carrier held whenever audio came, since the call was to move: how near it was to silence. */
  leastHeldMs: number;
  lost: number;
  doubled: number;
  isExact: boolean;
  /** Null for a call that was not to move. */
  isTaken: boolean | null;
  /** From the wish to the node's having the call. */
  tookMs: number;
}

export interface CallersLoad extends Load {
  /** How late the callers themselves were at most: what they measure is worse by so much. */
  latestMs: number;
}

/** A call is handed over this long after its first sound at the soonest, and so long before its last at the latest. */
const SOONEST_MS = 150;
const MARGIN_MS = 1_200;
const LIMIT_MS = 20_000;
/** Calls do not begin in step. */
const APART_MS = 190;
const LOOK_EVERY_MS = 50;
/** What comes twice comes late. */
const LATE_MS = 200;
/** The golden section spreads the moments evenly over the greeting, the same in every run. */
const GOLDEN = 0.618_034;

let closeLoad: () => Load;
const delays = monitorEventLoopDelay({ resolution: 5 });

async function oneCall(asked: HandOffCalls, moment: number | null): Promise<Outcome> {
  const { url, edgeSecret, greeting } = asked;
  const played: Buffer[] = [];
  let playedBytes = 0;
  let dryMs: number | null = null;
  let silenceMs = 0;
  let isWanted = false;
  let leastHeldMs = Number.POSITIVE_INFINITY;
  const recorder = {
    attach() {},
    detach() {},
    frame(_: Uint8Array, agent: Uint8Array, size: number) {
      if (size === 0) return;
      played.push(Buffer.from(agent.subarray(0, size)));
      playedBytes += size;
    },
  };
  const phone = new PhoneCall(url, {
    from: '+12025550123',
    to: '+12025550100',
    recorder: recorder as unknown as StereoRecorder,
  });
  const sound = new Promise<void>(resolve =>
    phone.on('attached', line =>
      line.on('frame', (arrivedAtMs, sizeBytes) => {
        if (dryMs !== null) silenceMs = Math.max(silenceMs, arrivedAtMs - dryMs);
        if (dryMs !== null && isWanted) leastHeldMs = Math.min(leastHeldMs, Math.max(0, dryMs - arrivedAtMs));
        dryMs = Math.max(arrivedAtMs, dryMs ?? 0) + sizeBytes / BYTES_PER_MS;
        resolve();
      }),
    ),
  );
  await phone.begin();
  await sound;

  let isTaken: boolean | null = null;
  let tookMs = 0;
  if (moment !== null) {
    const lastMs = greeting.length / BYTES_PER_MS - MARGIN_MS;
    await sleep(SOONEST_MS + moment * (lastMs - SOONEST_MS));
    isWanted = true;
    const startedMs = performance.now();
    isTaken = await handOver(`${url}/edge/calls/${phone.callSid}/hand-off`, edgeSecret);
    tookMs = performance.now() - startedMs;
  }
  const untilMs = performance.now() + LIMIT_MS;
  while (playedBytes < greeting.length && performance.now() < untilMs) await sleep(LOOK_EVERY_MS);
  await sleep(LATE_MS);
  const heard = Buffer.concat(played);
  await phone.hangUp();
  return { silenceMs, leastHeldMs, ...compare(heard, Buffer.from(greeting)), isTaken, tookMs };
}

/** A webhook may meet a kept connection that is just being closed: the call was not placed then, and is placed again. */
async function again(call: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await call();
  } catch (error) {
    if ((error as Error).name !== 'ServerUnreachable') throw error;
    return call();
  }
}

/** On a connection of its own: one that was kept may just be closed by the other side. */
function handOver(url: string, edgeSecret: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${edgeSecret}` };
    const request = http.request(url, { method: 'POST', agent: false, headers }, response => {
      let text = '';
      response.on('data', piece => {
        text += piece;
      });
      response.on('end', () => resolve(text.includes('"isTaken":true')));
    });
    request.on('error', reject);
    request.end();
  });
}

const methods = {
  /** Resolves when all of them have hung up. */
  async call(asked: HandOffCalls): Promise<Outcome[]> {
    const { calls, atOnce, moves } = asked;
    const outcomes: Outcome[] = [];
    let begun = 0;
    const caller = async (_: unknown, first: number) => {
      await sleep(first * APART_MS);
      while (begun < calls) {
        const at = begun++;
        outcomes.push(await again(() => oneCall(asked, moves ? (at * GOLDEN) % 1 : null)));
      }
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, calls) }, caller));
    return outcomes;
  },

  measure(_: null): void {
    delays.reset();
    delays.enable();
    closeLoad = openLoadWindow();
  },

  measured(_: null): CallersLoad {
    return { ...closeLoad(), latestMs: delays.max / 1e6 };
  },
};

export type HandOffCallersMethods = typeof methods;

answerWith(methods);
