import { expect, it } from 'vitest';
import { SimulatedClock } from '../../runtime/clock.ts';
import { audioAt } from './position-audio.ts';
import { Process } from './process.ts';
import { CarrierStream } from './stream.ts';
import { Wire, type WireEnd } from './wire.ts';

const LATENCY_MS = 200;

it('A mark is acknowledged when its echo has come to whoever sent it, and not while it is on its way', () => {
  const clock = new SimulatedClock();
  const weather = { latencyMs: () => LATENCY_MS, isCut: () => false };
  const [carrier, node] = new Wire(
    clock,
    weather,
    new Process('carrier', clock),
    new Process('node-1', clock),
  ).ends as [WireEnd, WireEnd];
  let acknowledged = 0;
  const stream = new CarrierStream(clock, carrier, 'MZ0', {
    audio() {},
    mark: () => () => acknowledged++,
    cleared() {},
    ended() {},
  });
  node.listener = { message() {}, closed() {} };
  const payload = Buffer.from(audioAt(0, 0, 160)).toString('base64');
  stream.receive(JSON.stringify({ event: 'media', media: { payload } }), 'node-1');
  stream.receive(JSON.stringify({ event: 'mark', mark: { name: '1' } }), 'node-1');
  clock.advanceSync(20 + LATENCY_MS - 1);
  expect(acknowledged).toBe(0);
  clock.advanceSync(1);
  expect(acknowledged).toBe(1);
});
