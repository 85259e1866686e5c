import { Chance } from './chance.ts';
import { type FaultClass, faultClasses } from './faults.ts';
import type { WorldOptions } from './world.ts';

/** A world holds so many calls at most; more calls take more worlds. */
export const CALLS_PER_WORLD = 1_000;
/** Each world allows most faults and not all: what one of them hides, another world shows. */
const ALLOWED_SHARE = 0.75;
/** So much has to befall machines in a world of few calls, for every fault to meet some. */
const FEW_CALLS = 100;
const FAULT_EVERY_MS_AMONG_FEW = 2_000;

/** The worlds that hold `calls` calls. */
export function worldsOf(seed: number, calls: number): WorldOptions[] {
  const count = Math.ceil(calls / CALLS_PER_WORLD);
  return Array.from({ length: count }, (_, index) =>
    worldOf(seed, index, Math.min(CALLS_PER_WORLD, calls - index * CALLS_PER_WORLD)),
  );
}

function worldOf(seed: number, index: number, calls: number): WorldOptions {
  const name = `${seed}/${index}`;
  const chance = new Chance(`${name}/swarm`);
  const faults = new Set<FaultClass>(faultClasses.filter(() => chance.happens(ALLOWED_SHARE)));
  return {
    seed: name,
    firstCall: index * CALLS_PER_WORLD,
    calls,
    nodes: chance.between(2, 4),
    edgeShare: chance.pick([0, 0.3, 0.6]),
    faults,
    ...(calls < FEW_CALLS && { faultEveryMs: FAULT_EVERY_MS_AMONG_FEW }),
  };
}

/** The world that a call is in, and its number there. */
export function worldWith(
  seed: number,
  calls: number,
  call: number,
): { options: WorldOptions; number: number } {
  const options = worldsOf(seed, calls)[Math.floor(call / CALLS_PER_WORLD)];
  if (!options || call - options.firstCall >= options.calls)
    throw new Error(`There is no call ${call} among ${calls}: their numbers begin with 0.`);
  return { options, number: call - options.firstCall };
}
