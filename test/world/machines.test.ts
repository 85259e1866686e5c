import { expect, it } from 'vitest';
import { SimulatedClock } from '../../runtime/clock.ts';
import { Chance } from './chance.ts';
import type { MachineFault } from './faults.ts';
import { Machines, type MachinesWorld } from './machines.ts';
import type { WorldNode } from './node.ts';
import { Process } from './process.ts';
import { AFTERMATH_MS } from './silence.ts';

const FIRST_STRIKE_MS = 5_000;

/** One node that the fault befalls, once, and what is told of it. */
function struckBy(fault: MachineFault, { hasOther = false } = {}) {
  const clock = new SimulatedClock();
  const told: string[] = [];
  const cutsMs: number[] = [];
  const process = new Process('node-1', clock);
  const node = { isUp: true, process, drain: () => new Promise(() => {}) } as unknown as WorldNode;
  const machines = new Machines({
    clock,
    chance: new Chance('machines.test'),
    faults: new Set([fault]),
    network: { cut: (_: string, __: string, forMs: number) => cutsMs.push(forMs) },
    trouble: {},
    nodes: [node, { isUp: hasOther }],
    struck: (_: MachineFault, __: Process, how: string) => told.push(how),
    watches: { lost() {}, outOfReach() {} },
  } as unknown as MachinesWorld);
  machines.plan(0, 1_000_000);
  clock.advanceSync(FIRST_STRIKE_MS);
  const [lengthMs] = (told[0] ?? '').match(/\d+/)?.map(Number) ?? [];
  return { clock, machines, process, cutsMs, lengthMs: lengthMs as number };
}

it('A node is suspended for as long as the story tells', () => {
  const { clock, process, lengthMs } = struckBy('nodeSuspended');
  clock.advanceSync(lengthMs - 1);
  expect(process.isRunning).toBe(false);
  clock.advanceSync(1);
  expect(process.isRunning).toBe(true);
});

it('A node is cut from the database for as long as the story tells', () => {
  const { cutsMs, lengthMs } = struckBy('nodeCutFromDatabase');
  expect(cutsMs).toEqual([lengthMs]);
});

it('There is trouble until the aftermath of what befell a machine is over', () => {
  const { clock, machines, lengthMs } = struckBy('nodeCutFromDatabase');
  expect(machines.troubleUntilMs).toBe(clock.now() + lengthMs + AFTERMATH_MS);
});

it('There is trouble because a node is drained when there is no other to take its calls', () => {
  const drained = (hasOther: boolean) => struckBy('nodeDrained', { hasOther });
  expect(drained(true).machines.troubleUntilMs).toBe(Number.NEGATIVE_INFINITY);
  const { clock, machines, lengthMs } = drained(false);
  expect(machines.troubleUntilMs).toBe(clock.now() + lengthMs + AFTERMATH_MS);
});
