import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import {
  openSileroVoiceActivity,
  type SileroOptions,
  type SileroVoiceActivity,
} from '../../../../../src/providers/embedded/voice-activity/silero.ts';
import { Edges } from './edges.ts';
import { durationMs, goForward, noise, silence, something, splice, tone } from './line-audio.ts';

let detector: SileroVoiceActivity;
afterEach(() => detector?.close());

/** Tests write faster than a line does, so calls may have more waiting. */
async function openDetector(options: SileroOptions = {}): Promise<SileroVoiceActivity> {
  detector = await openSileroVoiceActivity({ slots: 2, backlogMs: 16_000, ...options });
  return detector;
}

function voice(line: typeof goForward, offsetMs: number): { fromMs: number; toMs: number } {
  return { fromMs: offsetMs + line.voiceFromMs, toMs: offsetMs + line.voiceToMs };
}

function writeFrames(stream: { write(audio: Uint8Array): void }, audio: Uint8Array): void {
  for (let at = 0; at < audio.length; at += 160) stream.write(audio.subarray(at, at + 160));
}

describe('what it hears', () => {
  it('tells each utterance once, where it is in the audio', async () => {
    const edges = new Edges();
    const first = splice(silence(1_000), goForward.audio, silence(1_000));
    const stream = (await openDetector()).open(edges);
    writeFrames(stream, splice(first, something.audio, silence(1_000)));
    await edges.until(4);

    edges.expectVoice(voice(goForward, 1_000), voice(something, durationMs(first)));
  });

  it.each([
    ['silence', silence(3_000)],
    ['negative silence', new Uint8Array(24_000).fill(0x7f)],
    ['faint white noise', noise(3_000, 0.005)],
    ['loud white noise', noise(3_000, 0.3)],
    ['a 440 Hz tone', tone(3_000, 440, 0.3)],
  ])('does not take %s for speech', async (_, audio) => {
    const edges = new Edges();
    const stream = (await openDetector()).open(edges);
    // The words after it prove that all before them was judged.
    writeFrames(stream, splice(audio, silence(500), something.audio, silence(500)));
    await edges.until(2);

    edges.expectVoice(voice(something, durationMs(audio) + 500));
  });

  it('hears the same in pieces of any length', async () => {
    const audio = splice(goForward.audio, silence(500));
    const whole = new Edges();
    const pieces = new Edges();
    await openDetector();
    detector.open(whole).write(audio);
    const stream = detector.open(pieces);
    for (let at = 0, length = 0; at < audio.length; at += length) {
      length = (length * 7 + 1) % 997;
      stream.write(audio.subarray(at, at + length));
    }
    await Promise.all([whole.until(2), pieces.until(2)]);

    expect(pieces.all).toEqual(whole.all);
  });
});

describe('many calls', () => {
  it('tells 40 calls at once each its own speech, from a pool that grows', async () => {
    await openDetector({ slots: 16 });
    const calls = Array.from({ length: 40 }, (_, i) => {
      const line = i % 2 ? goForward : something;
      const beforeMs = 100 + 37 * i;
      const before = i % 4 < 2 ? silence(beforeMs) : tone(beforeMs, 440, 0.2);
      const edges = new Edges();
      return {
        edges,
        line,
        beforeMs,
        audio: splice(before, line.audio, silence(1_000)),
        stream: detector.open(edges),
      };
    });
    expect(detector.stats).toMatchObject({ calls: 40, slots: 48 });

    for (let at = 0; at < 60_000; at += 160)
      for (const { stream, audio } of calls) stream.write(audio.subarray(at, at + 160));
    await Promise.all(calls.map(({ edges }) => edges.until(2)));

    for (const { edges, line, beforeMs } of calls) edges.expectVoice(voice(line, beforeMs));
    const { windows, runs, overflows } = detector.stats;
    expect(windows / runs).toBeGreaterThan(8);
    expect(overflows).toBe(0);
  });

  it('says nothing more to a call that closed in mid-speech, nor to the next one in its slot', async () => {
    // A memory of the first call's voice would take the second call's faint noise for more of it.
    await openDetector({ slots: 1 });
    const left = new Edges();
    const leaving = detector.open(left);
    leaving.write(goForward.audio.subarray(0, 8_000));
    await left.until(1);
    leaving.write(goForward.audio.subarray(8_000));
    leaving.close();
    leaving.write(silence(1_000));

    const next = new Edges();
    detector.open(next).write(splice(noise(1_000, 0.02), something.audio, silence(500)));
    await next.until(2);

    expect(left.all).toHaveLength(1);
    next.expectVoice(voice(something, 1_000));
    expect(detector.stats).toMatchObject({ calls: 1, slots: 1 });
  });

  it('goes on when a listener fails', async () => {
    const logged: string[] = [];
    await openDetector({ log: { error: (_, message) => logged.push(message) } });
    const edges = new Edges();
    const failing = {
      speechStarted: () => {
        throw new Error('Boom.');
      },
      speechStopped: () => undefined,
    };
    detector.open(failing).write(goForward.audio);
    detector.open(edges).write(splice(goForward.audio, silence(500)));
    await edges.until(2);

    edges.expectVoice(voice(goForward, 0));
    expect(logged).toEqual(['A listener of voice activity has failed.']);
  });
});

describe('trouble', () => {
  it('drops the oldest audio of a call that is written faster than it is judged, and still ends its speech', async () => {
    await openDetector({ backlogMs: 4_000 });
    const edges = new Edges();
    const stream = detector.open(edges);
    stream.write(goForward.audio.subarray(0, 12_000));
    await edges.until(1);
    stream.write(silence(120_000));
    while (edges.all.length < 2) {
      const { windows } = detector.stats;
      stream.write(silence(32));
      await expect.poll(() => detector.stats.windows, { interval: 1 }).toBeGreaterThan(windows);
    }

    expect(edges.all.map(({ speaking }) => speaking)).toEqual([true, false]);
    expect(detector.stats.overflows).toBeGreaterThan(0);
  });

  it('survives crashes of its thread: no edge is told twice, none is missed, no audio is lost', async () => {
    const workers: Worker[] = [];
    const keep = (worker: Worker) => workers.push(worker);
    process.on('worker', keep);
    onTestFinished(() => void process.off('worker', keep));
    const logged: string[] = [];
    await openDetector({ log: { error: (_, message) => logged.push(message) } });
    const edges = new Edges();
    const stream = detector.open(edges);
    // An order that makes no sense is read, and thrown upon, before the next audio is judged.
    const crashBeforeNextAudio = () => workers.at(-1)!.postMessage({ type: 'grow', block: null });
    const words = goForward.audio.subarray(0, goForward.voiceToMs * 8);

    stream.write(words);
    await edges.until(1);
    crashBeforeNextAudio();
    stream.write(silence(1_000));
    await edges.until(2);
    crashBeforeNextAudio();
    stream.write(splice(something.audio, silence(500)));
    await edges.until(4);

    edges.expectVoice(voice(goForward, 0), voice(something, durationMs(words) + 1_000));
    expect(detector.stats.restarts).toBe(2);
    expect(logged).toEqual(Array(2).fill('The voice activity thread has crashed; another one takes over.'));
  });

  it.each([
    ['process.exit', 7],
    ['an uncaught error', 1],
  ])('lets the process end by %s in the middle of an inference', async (how, exitCode) => {
    const program = fileURLToPath(new URL('./end-in-mid-inference.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', program, how], { stdio: 'ignore' });
    const [code, signal] = await once(child, 'exit');

    expect({ code, signal }).toEqual({ code: exitCode, signal: null });
  });

  it('ends with close, after which it cannot be opened', async () => {
    const edges = new Edges();
    const stream = (await openDetector()).open(edges);
    stream.write(goForward.audio);
    await edges.until(1);
    await detector.close();
    stream.write(silence(1_000));

    expect(edges.all).toHaveLength(1);
    expect(detector.stats).toMatchObject({ calls: 0, restarts: 0 });
    expect(() => detector.open(edges)).toThrow('closed');
  });

  it('refuses to start without a model', async () => {
    await expect(openSileroVoiceActivity({ modelPath: '/nowhere.onnx' })).rejects.toThrow(
      /could not start.*nowhere\.onnx/,
    );
  });
});
