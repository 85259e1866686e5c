import http from 'node:http';
import { BYTES_PER_MS } from '../../runtime/media/media-streams.ts';
import { SentenceSplitter } from '../../runtime/media/sentences.ts';
import { PhoneCall } from '../../src/caller/phone-call.ts';
import type { StereoRecorder } from '../../src/caller/stereo-recorder.ts';
import { bundleEdge } from '../../src/edge/bundle.ts';
import { startLocalEdge } from '../../src/edge/local.ts';
import { startDeepgramEmulator } from '../../src/emulators/deepgram/deepgram.ts';
import { toSpeakable } from '../../src/text/speakable.ts';
import type { Bench } from './bench.ts';
import type { CloudMethods } from './handoff-cloud-process.ts';
import { Histogram } from './histogram.ts';
import { Peer } from './peer.ts';
import { compare, toldVoice } from './told-voice.ts';

const EDGE_SECRET = 'of-the-bench-and-nobody-else';
const DEEPGRAM_KEY = 'of-the-bench';
const CLOUD_CORE = 0;
/** Calls at once. */
const CALLERS = 12;
/** A call is handed over this long after its first sound at the soonest, and so long before its last at the latest. */
const SOONEST_MS = 150;
const MARGIN_MS = 1_200;
const LIMIT_MS = 20_000;
/** What order-status greets with. */
const GREETING = 'Thanks for calling Acme. This is the automated order line. What is your order number?';

/** Everything of the greeting that the voice makes, sentence by sentence. */
const made = Buffer.concat(
  sentencesOf(GREETING).map(sentence => Buffer.from(toldVoice(toSpeakable(sentence, 'en-US')))),
);

/** Calls that are handed over in the middle of the agent's words, through workerd, to a server of its own. */
export const handoff: Bench = {
  name: 'handoff',
  title: 'A call is handed from the edge to the cloud in the middle of a reply: what its caller hears of it',
  async run({ calls, onProgress }) {
    const deepgram = await startDeepgramEmulator({ apiKey: DEEPGRAM_KEY, voice: toldVoice });
    const cloud = new Peer<CloudMethods>('handoff-cloud-process', CLOUD_CORE);
    const node = await cloud.ask('start', {
      edgeSecret: EDGE_SECRET,
      deepgram: { url: deepgram.url, apiKey: DEEPGRAM_KEY },
    });
    const edge = await startLocalEdge({
      code: await bundleEdge(),
      variables: {
        EDGE_SECRET,
        EDGE_SLOTS: '10000',
        CLOUD_REGIONS: `us-east-1=${node.url}`,
        DEEPGRAM_API_KEY: DEEPGRAM_KEY,
        DEEPGRAM_URL: deepgram.url,
      },
      logged() {},
    });
    try {
      onProgress(`handoff: ${Math.ceil(calls / 10)} calls that stay`);
      const stayed = await all(Math.ceil(calls / 10), edge.url, false);
      onProgress(`handoff: ${calls} calls that move`);
      const moved = await all(calls, edge.url, true);
      await cloud.ask('idle', null);
      return { figures: [...figures(moved, stayed)], profiles: {} };
    } finally {
      await edge.close();
      await cloud.ask('stop', null);
      await cloud.end();
      await deepgram.close();
    }
  },
};

interface Outcome {
  /** The longest that the caller's end had nothing to play within the greeting. */
  silenceMs: number;
  lost: number;
  doubled: number;
  isExact: boolean;
  /** Null for a call that was not to move. */
  isTaken: boolean | null;
  /** From the wish to the node's having the call. */
  tookMs: number;
}

/** So many calls, `CALLERS` at a time. */
async function all(calls: number, url: string, moves: boolean): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  let begun = 0;
  const caller = async () => {
    while (begun < calls) {
      const at = begun++;
      // Spread evenly over the greeting, the same in every run.
      outcomes.push(await again(() => oneCall(url, moves ? (at * 0.618) % 1 : null)));
    }
  };
  await Promise.all(Array.from({ length: Math.min(CALLERS, calls) }, caller));
  return outcomes;
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

/** `moment`: 0 … 1 of the greeting, when the call is handed over. */
async function oneCall(url: string, moment: number | null): Promise<Outcome> {
  const played: Buffer[] = [];
  let dryMs: number | null = null;
  let silenceMs = 0;
  const recorder = {
    attach() {},
    detach() {},
    frame(_: Uint8Array, agent: Uint8Array, size: number) {
      if (size > 0) played.push(Buffer.from(agent.subarray(0, size)));
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
    const lastMs = made.length / BYTES_PER_MS - MARGIN_MS;
    await pause(SOONEST_MS + moment * (lastMs - SOONEST_MS));
    const startedMs = performance.now();
    isTaken = await handOver(url, phone.callSid);
    tookMs = performance.now() - startedMs;
  }
  const untilMs = performance.now() + LIMIT_MS;
  while (Buffer.concat(played).length < made.length && performance.now() < untilMs) await pause(50);
  // What comes twice comes late.
  await pause(200);
  const heard = Buffer.concat(played);
  await phone.hangUp();
  return { silenceMs: Math.max(0, silenceMs), ...compare(heard, made), isTaken, tookMs };
}

/** On a connection of its own: one that was kept may just be closed by the other side. */
function handOver(url: string, callSid: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      `${url}/edge/calls/${callSid}/hand-off`,
      { method: 'POST', agent: false, headers: { authorization: `Bearer ${EDGE_SECRET}` } },
      response => {
        let text = '';
        response.on('data', piece => {
          text += piece;
        });
        response.on('end', () => resolve(text.includes('"isTaken":true')));
      },
    );
    request.on('error', reject);
    request.end();
  });
}

function* figures(moved: readonly Outcome[], stayed: readonly Outcome[]) {
  const taken = moved.filter(({ isTaken }) => isTaken);
  const silence = spreadOf(taken.map(({ silenceMs }) => silenceMs));
  const without = spreadOf(stayed.map(({ silenceMs }) => silenceMs));
  const took = spreadOf(taken.map(({ tookMs }) => tookMs));
  const sum = (of: (outcome: Outcome) => number) => taken.reduce((total, outcome) => total + of(outcome), 0);
  yield { name: 'calls handed over', value: taken.length, unit: 'calls' as const };
  yield {
    name: 'refusals',
    value: moved.length - taken.length,
    unit: 'calls' as const,
    target: 0,
    note: 'the call went on at the edge',
  };
  yield { name: 'silence added p50', value: silence.p50, unit: 'ms' as const };
  yield {
    name: 'silence added p99',
    value: silence.p99,
    unit: 'ms' as const,
    target: 50,
    note: `longest ${silence.max.toFixed(0)} ms; calls that stayed: p99 ${without.p99.toFixed(0)} ms`,
  };
  yield { name: 'frames lost', value: sum(({ lost }) => lost), unit: 'frames' as const, target: 0 };
  yield {
    name: 'frames that came twice',
    value: sum(({ doubled }) => doubled),
    unit: 'frames' as const,
    target: 0,
  };
  yield {
    name: 'calls not heard to the byte',
    value: taken.filter(({ isExact }) => !isExact).length,
    unit: 'calls' as const,
    target: 0,
    note: `of those that stayed: ${stayed.filter(({ isExact }) => !isExact).length}`,
  };
  yield { name: 'from the wish to the cloud p50', value: took.p50, unit: 'ms' as const };
  yield { name: 'from the wish to the cloud p99', value: took.p99, unit: 'ms' as const };
}

function spreadOf(values: readonly number[]) {
  const histogram = new Histogram(10_000);
  for (const value of values) histogram.add(value);
  return histogram.spread();
}

function sentencesOf(text: string): string[] {
  const splitter = new SentenceSplitter();
  return [...splitter.push(`${text} `), ...splitter.flush()];
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms));
}
