import { beforeEach, expect, it } from 'vitest';
import { SimulatedClock } from '../../runtime/clock.ts';
import { CallWatch } from './call-watch.ts';
import { Process } from './process.ts';
import { AFTERMATH_MS, SilenceGauge } from './silence.ts';
import { Tally } from './tally.ts';
import { Watches } from './watches.ts';

const LIMIT_MS = 3_000;
const TOO_LONG_MS = LIMIT_MS + 1;

let troubleUntilMs: number;
let broken: string[];
let gauge: SilenceGauge;

beforeEach(() => {
  troubleUntilMs = Number.NEGATIVE_INFINITY;
  broken = [];
  gauge = new SilenceGauge({
    limitMs: LIMIT_MS,
    troubleUntilMs: () => troubleUntilMs,
    broken: what => broken.push(what),
  });
  gauge.streamIs(true, 0);
  gauge.agentTakesFloor(0);
});

it('goes on with one outage when another ends, and when that ends once more', () => {
  const [one, other] = [{ isOfStream: true }, { isOfStream: false }];
  gauge.outageBegins(one, 100);
  gauge.outageBegins(other, 200);
  gauge.outageEnds(one, 300);
  gauge.outageEnds(one, 400);
  gauge.sound(20_000, 20_000);
  expect(broken).toEqual([]);
  gauge.outageEnds(other, 30_000);
  gauge.sound(30_000 + TOO_LONG_MS, 40_000);
  expect(broken).toHaveLength(1);
});

it('ends with a stream what lay before that one alone, and not what is everybody’s', () => {
  const [streams, everybodys] = [{ isOfStream: true }, { isOfStream: false }];
  gauge.outageBegins(streams, 100);
  gauge.outageBegins(everybodys, 100);
  gauge.streamIs(false, 200);
  gauge.streamIs(true, 300);
  gauge.sound(300 + TOO_LONG_MS, 300 + TOO_LONG_MS);
  expect(broken).toEqual([]);
  gauge.outageEnds(everybodys, 10_000);
  gauge.outageEnds(streams, 11_000);
  gauge.sound(10_000 + TOO_LONG_MS, 20_000);
  expect(broken).toHaveLength(1);
});

it('tells callers who call while everything is slow of that, too, and those who were cut off where they were', () => {
  const clock = new SimulatedClock();
  const watches = new Watches();
  const found: string[] = [];
  const dialled = (number: number) => {
    const watch = new CallWatch(`CA${number}`, {
      clock,
      longestSilenceMs: LIMIT_MS,
      troubleUntilMs: () => Number.NEGATIVE_INFINITY,
      violated: ({ callSid }) => found.push(callSid),
      story: null,
      tally: new Tally(),
    });
    watches.add(number, watch, 0);
    watch.streamBegan('MZ');
    watch.silence.agentTakesFloor(0);
    return watch;
  };
  const slowEnds = watches.slowDown(0);
  const late = dialled(0);
  const cutEnds = watches.cutOff(new Process('node-1', clock), 100);
  cutEnds(200);
  late.silence.sound(20_000, 20_000);
  expect(found).toEqual([]);
  slowEnds(20_000);
  late.silence.sound(20_000 + TOO_LONG_MS, 30_000);
  expect(found).toEqual(['CA0']);
});

it('is no silence of an agent’s while a call is on its way and a machine dies, until it has arrived', () => {
  gauge.released(1_000);
  troubleUntilMs = 1_500 + AFTERMATH_MS;
  gauge.sound(5_000, 5_000);
  gauge.arrived(9_000);
  gauge.sound(9_000 + LIMIT_MS, 9_000 + LIMIT_MS);
  expect(broken).toEqual([]);
  gauge.sound(9_000 + LIMIT_MS + TOO_LONG_MS, 20_000);
  expect(broken).toHaveLength(1);
});

it('is an agent’s silence while a call is on its way with no trouble anywhere', () => {
  troubleUntilMs = 999;
  gauge.released(1_000);
  gauge.arrived(2_000);
  gauge.sound(TOO_LONG_MS, TOO_LONG_MS);
  expect(broken).toHaveLength(1);
});

it('is no silence of an agent’s while a call is on its way that was cut off just before', () => {
  const cut = { isOfStream: true };
  gauge.outageBegins(cut, 0);
  gauge.outageEnds(cut, 900);
  gauge.released(1_000);
  gauge.arrived(6_000);
  gauge.agentGivesFloorUp(6_000);
  expect(broken).toEqual([]);
});
