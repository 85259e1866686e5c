import type { Bench, BenchOptions, Figure } from './bench.ts';
import type { CallerMethods } from './caller-process.ts';
import { Peer } from './peer.ts';
import type { PlainMethods } from './plain-process.ts';
import { CALLER_CORE, loadNote, onStage, pass, SERVER_CORE } from './stage.ts';

/** Long answers, so that the agent speaks most of the time; a caller speaks every quarter of a minute. */
const PROVIDERS = { recognitionMs: 100, modelMs: 200, voiceMs: 100, letterMs: 120 };
const MANNER = {
  phrases: ['what are your opening hours.', 'how long does delivery take.'],
  interruptsAfterMs: null,
  turns: Number.POSITIVE_INFINITY,
};
const CALLS_PER_SECOND = 150;
const SETTLE_S = 3;

/** As many calls as one core should carry, and the same number of lines on the plainest server there is. */
export const load: Bench = {
  name: 'load',
  title: 'Many calls on one core, audio both ways, beside a plain ws + JSON.parse server',
  async run(options) {
    const ours = await measureOurs(options);
    options.onProgress('load: the plain server');
    const plain = await measurePlain(options);

    const cpuRatio = ours.cpuPerCall / plain.cpuPerCall;
    const figures: Figure[] = [
      ...ours.figures,
      ...plain.figures,
      { name: 'CPU a call, ours / plain', value: cpuRatio, unit: '×' },
      { name: 'arrival gap p99, ours / plain', value: ours.gapMs / plain.gapMs, unit: '×' },
    ];
    return {
      figures,
      profiles: options.profile ? { 'load, ours': ours.profile, 'load, plain': plain.profile } : {},
    };
  },
};

function measureOurs({ calls, seconds, storage, profile }: BenchOptions) {
  return onStage({ transport: 'auto', storage, providers: PROVIDERS }, async stage => {
    const { server, callers, url } = stage;
    await callers.ask('converse', { url, calls: 20, perSecond: 50, manner: MANNER });
    await pass(1);
    await callers.ask('hangUp', null);
    await server.ask('idle', null);
    const empty = await server.ask('memory', null);

    await callers.ask('converse', { url, calls, perSecond: CALLS_PER_SECOND, manner: MANNER });
    await pass(SETTLE_S);
    const { window, heard } = await stage.measure(seconds, profile);
    const full = await server.ask('memory', null);
    await callers.ask('hangUp', null);
    await server.ask('idle', null);

    const { load: cpu, times } = window;
    const heapPerCall = (full.heapBytes - empty.heapBytes) / full.calls / 1024;
    const cpuPerCall = cpu.cpu / heard.lines;
    const on = `ours (${stage.transport})`;
    const figures: Figure[] = [
      {
        name: `calls carried, ${on}`,
        value: heard.lines,
        unit: 'calls',
        note: `callers used ${loadNote(heard)}`,
      },
      { name: `calls lost, ${on}`, value: calls - heard.lines, unit: 'calls', target: 0 },
      { name: `audio out, ${on}`, value: heard.framesIn / heard.load.seconds, unit: 'frames/s' },
      { name: `audio in, ${on}`, value: heard.framesOut / heard.load.seconds, unit: 'frames/s' },
      {
        name: `frame lateness p50, ${on}`,
        value: times.lateness.p50,
        unit: 'ms',
        note: `${times.lateness.count} frames`,
      },
      {
        name: `frame lateness p99, ${on}`,
        value: times.lateness.p99,
        unit: 'ms',
        target: 20,
        note: `at most ${times.lateness.max.toFixed(0)} ms`,
      },
      {
        name: `of that, undisturbed seconds p99, ${on}`,
        value: times.undisturbedLateness.p99,
        unit: 'ms',
        note: `${((100 * times.undisturbedLateness.count) / times.lateness.count).toFixed(0)} % of the frames`,
      },
      {
        name: `arrival gap p99, ${on}`,
        value: heard.gaps.p99,
        unit: 'ms',
        note: `median ${heard.gaps.p50.toFixed(1)} ms`,
      },
      { name: `core used, ${on}`, value: 100 * cpu.cpu, unit: '%', target: 100, note: loadNote(window) },
      { name: `CPU a call and second, ${on}`, value: 1e6 * cpuPerCall, unit: 'µs' },
      {
        name: `overhead p99 under load, ${on}`,
        value: times.preparedOverhead.p99,
        unit: 'ms',
        note: `${times.preparedOverhead.count} turns`,
      },
      {
        name: `heap a call, ${on}`,
        value: heapPerCall,
        unit: 'KB',
        target: 50,
        note: `${((full.externalBytes - empty.externalBytes) / full.calls / 1024).toFixed(0)} KB of audio beside it`,
      },
    ];
    return { figures, profile: window.profile, cpuPerCall, gapMs: heard.gaps.p99 };
  });
}

async function measurePlain({ calls, seconds, profile }: BenchOptions) {
  const server = new Peer<PlainMethods>('plain-process', SERVER_CORE);
  const callers = new Peer<CallerMethods>('caller-process', CALLER_CORE);
  try {
    const { url } = await server.ask('start', null);
    await callers.ask('openLines', { url, calls, perSecond: CALLS_PER_SECOND });
    await pass(SETTLE_S);
    await Promise.all([server.ask('measure', { profile }), callers.ask('measure', null)]);
    await pass(seconds);
    const [window, heard] = await Promise.all([server.ask('measured', null), callers.ask('measured', null)]);

    const cpuPerCall = window.load.cpu / heard.lines;
    const figures: Figure[] = [
      {
        name: 'calls carried, plain',
        value: heard.lines,
        unit: 'calls',
        note: `callers used ${loadNote(heard)}`,
      },
      { name: 'audio out, plain', value: heard.framesIn / heard.load.seconds, unit: 'frames/s' },
      {
        name: 'arrival gap p99, plain',
        value: heard.gaps.p99,
        unit: 'ms',
        note: `median ${heard.gaps.p50.toFixed(1)} ms`,
      },
      { name: 'core used, plain', value: 100 * window.load.cpu, unit: '%', note: loadNote(window) },
      { name: 'CPU a call and second, plain', value: 1e6 * cpuPerCall, unit: 'µs' },
    ];
    return { figures, profile: window.profile, cpuPerCall, gapMs: heard.gaps.p99 };
  } finally {
    await Promise.all([server.end(), callers.end()]);
  }
}
