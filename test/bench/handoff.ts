import { SentenceSplitter } from '../../runtime/media/sentences.ts';
import { bundleEdge } from '../../src/edge/bundle.ts';
import { startLocalEdge } from '../../src/edge/local.ts';
import { startDeepgramEmulator } from '../../src/emulators/deepgram/deepgram.ts';
import { toSpeakable } from '../../src/text/speakable.ts';
import type { Bench, Figure } from './bench.ts';
import type { HandOffCallersMethods, Outcome } from './handoff-callers-process.ts';
import type { CloudMethods } from './handoff-cloud-process.ts';
import { Histogram } from './histogram.ts';
import { openChildWindow, openLoadWindow } from './load-window.ts';
import { Peer } from './peer.ts';
import { CALLER_CORE, loadNote, SERVER_CORE } from './stage.ts';
import { toldVoice } from './told-voice.ts';

const EDGE_SECRET = 'of-the-bench-and-nobody-else';
const DEEPGRAM_KEY = 'of-the-bench';
/** Calls at once. */
const CALLS_AT_ONCE = 20;
/** So many as are handed over stay where they are, to be held against them. */
const STAYING_SHARE = 0.1;
/** What order-status greets with. */
const GREETING = 'Thanks for calling Acme. This is the automated order line. What is your order number?';

/** Everything of the greeting that the voice makes, sentence by sentence. */
const greeting = Buffer.concat(
  sentencesOf(GREETING).map(sentence => Buffer.from(toldVoice(toSpeakable(sentence, 'en-US')))),
);

/** Calls that are handed over in the middle of the agent's words, through workerd, to a server of its own. */
export const handoff: Bench = {
  name: 'handoff',
  title: 'A call is handed from the edge to the cloud in the middle of a reply: what its caller hears of it',
  async run({ calls, onProgress }) {
    const deepgram = await startDeepgramEmulator({ apiKey: DEEPGRAM_KEY, voice: toldVoice });
    const cloud = new Peer<CloudMethods>('handoff-cloud-process', SERVER_CORE);
    const callers = new Peer<HandOffCallersMethods>('handoff-callers-process', CALLER_CORE);
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
    const place = (count: number, moves: boolean) =>
      callers.ask('call', {
        ...{ url: edge.url, edgeSecret: EDGE_SECRET, greeting, moves },
        ...{ calls: count, atOnce: CALLS_AT_ONCE },
      });
    try {
      const staying = Math.ceil(calls * STAYING_SHARE);
      onProgress(`handoff: ${staying} calls that stay`);
      const stayed = await place(staying, false);
      onProgress(`handoff: ${calls} calls that move`);
      await Promise.all([cloud.ask('measure', null), callers.ask('measure', null)]);
      const closeEdge = openChildWindow('workerd');
      const closeProviders = openLoadWindow();
      const moved = await place(calls, true);
      const loads = {
        node: await cloud.ask('measured', null),
        workerd: closeEdge(),
        callers: await callers.ask('measured', null),
        providers: closeProviders(),
      };
      await cloud.ask('idle', null);
      const note = Object.entries(loads)
        .map(([name, load]) => load && `${name} ${loadNote({ load })}`)
        .filter(Boolean)
        .join('; ');
      return {
        figures: [
          ...figures(moved, stayed, note),
          {
            name: 'callers late by at most',
            value: loads.callers.latestMs,
            unit: 'ms',
            note: 'in measuring, which counts as silence',
          },
        ],
        profiles: {},
      };
    } finally {
      await callers.end();
      await edge.close();
      await cloud.ask('stop', null);
      await cloud.end();
      await deepgram.close();
    }
  },
};

function* figures(moved: readonly Outcome[], stayed: readonly Outcome[], load: string): Generator<Figure> {
  const taken = moved.filter(({ isTaken }) => isTaken);
  const silence = spreadOf(taken.map(({ silenceMs }) => silenceMs));
  const without = spreadOf(stayed.map(({ silenceMs }) => silenceMs));
  const held = taken.map(({ leastHeldMs }) => leastHeldMs).sort((one, other) => one - other);
  const took = spreadOf(taken.map(({ tookMs }) => tookMs));
  const sum = (of: (outcome: Outcome) => number) => taken.reduce((total, outcome) => total + of(outcome), 0);
  yield { name: 'calls handed over', value: taken.length, unit: 'calls', note: load };
  yield {
    name: 'refusals',
    value: moved.length - taken.length,
    unit: 'calls',
    target: 0,
    note: 'the call went on at the edge',
  };
  yield { name: 'silence added p50', value: silence.p50, unit: 'ms' };
  yield {
    name: 'silence added p99',
    value: silence.p99,
    unit: 'ms',
    target: 50,
    note: `longest ${silence.max.toFixed(0)} ms; calls that stayed: p99 ${without.p99.toFixed(0)} ms, longest ${without.max.toFixed(0)} ms`,
  };
  yield {
    name: 'least that the carrier held p1',
    value: held[Math.floor(held.length / 100)] ?? Number.NaN,
    unit: 'ms',
    note: `from the wish on; least of all ${(held[0] ?? Number.NaN).toFixed(0)} ms`,
  };
  yield { name: 'frames lost', value: sum(({ lost }) => lost), unit: 'frames', target: 0 };
  yield { name: 'frames that came twice', value: sum(({ doubled }) => doubled), unit: 'frames', target: 0 };
  yield {
    name: 'calls not heard to the byte',
    value: taken.filter(({ isExact }) => !isExact).length,
    unit: 'calls',
    target: 0,
    note: `of those that stayed: ${stayed.filter(({ isExact }) => !isExact).length}`,
  };
  yield { name: 'from the wish to the cloud p50', value: took.p50, unit: 'ms' };
  yield { name: 'from the wish to the cloud p99', value: took.p99, unit: 'ms' };
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
