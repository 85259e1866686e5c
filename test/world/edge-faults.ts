import type { SimulatedClock } from '../../runtime/clock.ts';
import type { CallWatch } from './call-watch.ts';
import type { Chance } from './chance.ts';
import type { Edge } from './edge.ts';
import { type EdgeFault, edgeFaults, type FaultClass } from './faults.ts';
import type { Network } from './network.ts';
import type { WorldNode } from './node.ts';
import type { Outage } from './silence.ts';

export interface EdgeFaultsWorld {
  clock: SimulatedClock;
  network: Network;
  edge: Edge;
  nodes: readonly WorldNode[];
  faults: ReadonlySet<FaultClass>;
}

const SHARE: Record<EdgeFault, number> = { handedOff: 0.5, objectEvicted: 0.15, edgeCutFromCloud: 0.15 };
const LATEST_MS = 20_000;
/** What waited in a cut comes in this time. */
const SETTLES_MS = 500;

/** Plans what befalls one call that has come in at the edge. */
export function planEdgeFaults(world: EdgeFaultsWorld, watch: CallWatch, chance: Chance): void {
  const { clock, faults } = world;
  for (const fault of edgeFaults) {
    const happens = chance.happens(SHARE[fault]);
    const atMs = chance.between(500, LATEST_MS);
    const draws = chance.of(fault);
    if (happens && faults.has(fault)) clock.setTimeout(() => strike(world, fault, watch, draws), atMs);
  }
}

function strike(
  { clock, edge, network, nodes }: EdgeFaultsWorld,
  fault: EdgeFault,
  watch: CallWatch,
  chance: Chance,
): void {
  const object = edge.objects.get(watch.callSid);
  const { process, present } = object ?? {};
  if (!object || !process || !present || watch.overMs !== null) return;
  switch (fault) {
    case 'handedOff':
      if (present.stage !== 'here') return;
      watch.struck(fault);
      void present.handOff();
      return;
    case 'objectEvicted':
      watch.struck(fault);
      object.evict();
      return;
    case 'edgeCutFromCloud': {
      const name = chance.pick(nodes).process?.name;
      if (name === undefined) return;
      watch.struck(fault);
      const forMs = chance.between(100, 30_000);
      network.cut(process.name, name, forMs);
      const outage: Outage = { isOfStream: true };
      watch.silence.outageBegins(outage, clock.now());
      clock.setTimeout(() => watch.silence.outageEnds(outage, clock.now()), forMs + SETTLES_MS);
      return;
    }
  }
}
