import { expect, it } from 'vitest';
import { SimulatedClock } from '../../runtime/clock.ts';
import { Process } from './process.ts';
import { Wire, type WireEnd } from './wire.ts';

const LATENCY_MS = 10;
const LOOK_MS = 250;

/** A wire that is cut from now on, and what its far end hears. */
function cutWire(cutForMs: number) {
  const clock = new SimulatedClock();
  const heard: string[] = [];
  const weather = { latencyMs: () => LATENCY_MS, isCut: () => clock.now() < cutForMs };
  const wire = new Wire(clock, weather, new Process('near', clock), new Process('far', clock));
  const [near, far] = wire.ends as [WireEnd, WireEnd];
  far.listener = {
    message: text => heard.push(text),
    closed: (code, reason) => heard.push(`closed: ${code} ${reason}`.trim()),
  };
  return { clock, near, heard };
}

it('tells the other end after a cut what was sent before it, and that the wire was closed meanwhile', () => {
  const { clock, near, heard } = cutWire(5_000);
  near.send('the last word');
  near.close(1001, 'the node drains');
  clock.advanceSync(4_000);
  expect(heard).toEqual([]);
  clock.advanceSync(1_000 + LOOK_MS + LATENCY_MS);
  expect(heard).toEqual(['the last word', 'closed: 1001 the node drains']);
});

it('breaks at the other end, too, when it was closed in a cut that lasts', () => {
  const { clock, near, heard } = cutWire(60_000);
  near.close(1001, 'the node drains');
  clock.advanceSync(20_000 + LOOK_MS);
  expect(heard).toEqual(['closed: 1006']);
});

it.each([
  [
    'delivers what was sent and closed in a cut by a process that has died',
    false,
    ['the last word', 'closed: 1001 bye'],
  ],
  ['loses it when its machine is lost meanwhile', true, ['closed: 1006']],
])('%s', (_, withMachine, expected) => {
  const { clock, near, heard } = cutWire(5_000);
  near.send('the last word');
  near.close(1001, 'bye');
  near.died(withMachine);
  clock.advanceSync(25_000);
  expect(heard).toEqual(expected);
});
