import type { SimulatedClock } from '../../runtime/clock.ts';
import type { Chance } from './chance.ts';
import { DATABASE, type DatabaseTrouble } from './database.ts';
import type { FaultClass, MachineFault } from './faults.ts';
import type { Network } from './network.ts';
import type { WorldNode } from './node.ts';
import type { Process } from './process.ts';
import { AFTERMATH_MS } from './silence.ts';
import type { Watches } from './watches.ts';

const EVERY_MS = 6_000;
/** A node whose heartbeats are missing for a minute has died; the latest may have been five seconds ago. */
const TAKEN_FOR_DEAD_MS = 55_000;
/** What waited in a cut comes in this time. */
const SETTLES_MS = 500;
const kinds: readonly MachineFault[] = [
  'nodeKilled',
  'machineLost',
  'nodeDrained',
  'nodeSuspended',
  'databaseDown',
  'databaseSlow',
  'databaseLosesAnswers',
  'nodeCutFromDatabase',
  'nodeCutFromCarrier',
  'networkSlow',
];

export interface MachinesWorld {
  readonly clock: SimulatedClock;
  readonly chance: Chance;
  readonly faults: ReadonlySet<FaultClass>;
  readonly network: Network;
  readonly trouble: DatabaseTrouble;
  readonly nodes: readonly WorldNode[];
  /** A fault strikes a machine; null: what all machines share. */
  struck(fault: FaultClass, process: Process | null, how: string): void;
  readonly watches: Pick<Watches, 'lost' | 'outOfReach' | 'cutOff' | 'slowDown'>;
}

/** What befalls the machines of a world while its calls last, and how they come back. */
export class Machines {
  readonly #world: MachinesWorld;
  readonly #chance: Chance;
  #isHealed = false;
  #troubleUntilMs = Number.NEGATIVE_INFINITY;

  /** Of what is wrong now. */
  readonly #endings = new Set<() => void>();

  constructor(world: MachinesWorld) {
    this.#world = world;
    this.#chance = world.chance.of('machines');
  }

  /** Until when a machine, or what machines share, is in trouble or has just been. To be drained is none. */
  get troubleUntilMs(): number {
    return this.#troubleUntilMs;
  }

  /** `everyMs`: how often a fault befalls some machine, on average. */
  plan(forMs: number, everyMs = EVERY_MS): void {
    const { clock, faults } = this.#world;
    const mayStrike = kinds.filter(kind => faults.has(kind));
    if (mayStrike.length === 0) return;
    for (let atMs = 5_000; atMs < forMs + 30_000; ) {
      const fault = this.#chance.pick(mayStrike);
      const chance = this.#chance.of(atMs);
      clock.setTimeout(() => !this.#isHealed && this.#strike(fault, chance), atMs);
      atMs += this.#chance.between(everyMs / 6, 2 * everyMs);
    }
  }

  /** Nothing more goes wrong, and every node is up. */
  heal(): void {
    this.#isHealed = true;
    const { trouble, network, nodes } = this.#world;
    Object.assign(trouble, { downUntilMs: 0, slowness: 1, lostAnswers: 0 });
    network.heal();
    for (const end of [...this.#endings]) end();
    for (const node of nodes) {
      node.process?.resume();
      if (!node.process) void node.start();
    }
  }

  #strike(fault: MachineFault, chance: Chance): void {
    const world = this.#world;
    const { clock, network, trouble, watches } = world;
    const up = world.nodes.filter(node => node.isUp && node.process?.isRunning);
    const node = up.length > 0 ? chance.pick(up) : null;
    const forMs = lengthOf(fault, chance);
    const isNodes = fault.startsWith('node') || fault === 'machineLost';
    if (!node && isNodes) return;
    world.struck(fault, isNodes ? (node?.process ?? null) : null, `for ${forMs} ms`);
    if (fault !== 'nodeDrained') this.#troubles(forMs);
    switch (fault) {
      case 'nodeKilled':
      case 'machineLost':
        this.#kill(node as WorldNode, fault === 'machineLost', forMs);
        return;
      case 'nodeDrained':
        this.#drain(node as WorldNode, forMs);
        return;
      case 'nodeSuspended':
        this.#suspend(node as WorldNode, forMs);
        return;
      case 'databaseDown':
        trouble.downUntilMs = clock.now() + forMs;
        return;
      case 'databaseSlow':
        trouble.slowness = chance.between(20, 500);
        clock.setTimeout(() => Object.assign(trouble, { slowness: 1 }), forMs);
        return;
      case 'databaseLosesAnswers':
        trouble.lostAnswers = 0.3;
        clock.setTimeout(() => Object.assign(trouble, { lostAnswers: 0 }), forMs);
        return;
      case 'nodeCutFromDatabase':
        this.#cutFromDatabase(node as WorldNode, forMs);
        return;
      case 'nodeCutFromCarrier':
        this.#cutFromCarrier(node as WorldNode, forMs);
        return;
      case 'networkSlow':
        network.slowness = chance.between(3, 20);
        clock.setTimeout(() => Object.assign(network, { slowness: 1 }), forMs);
        this.#outage(watches.slowDown(clock.now()), forMs);
        return;
    }
  }

  #troubles(forMs: number): void {
    this.#troubleUntilMs = Math.max(this.#troubleUntilMs, this.#world.clock.now() + forMs + AFTERMATH_MS);
  }

  #outage(ends: (nowMs: number) => void, forMs: number): void {
    this.#endAfter(forMs + SETTLES_MS, () => ends(this.#world.clock.now()));
  }

  #kill(node: WorldNode, withMachine: boolean, backAfterMs: number): void {
    const { process } = node;
    if (!process) return;
    node.kill(withMachine);
    this.#world.watches.lost(process);
    void this.#startAgain(node, backAfterMs).then(() => this.#troubles(0));
  }

  #drain(node: WorldNode, backAfterMs: number): void {
    const { process } = node;
    // Calls cannot go anywhere.
    const isLast = !this.#world.nodes.some(other => other !== node && other.isUp);
    if (isLast) this.#troubles(backAfterMs);
    void node.drain().then(() => {
      if (node.process && node.process !== process) return;
      if (isLast) this.#troubles(backAfterMs);
      void this.#startAgain(node, backAfterMs);
    });
  }

  async #startAgain(node: WorldNode, afterMs: number): Promise<void> {
    await new Promise<void>(resolve => this.#world.clock.setTimeout(resolve, afterMs));
    if (!node.process) await node.start();
  }

  #cutFromDatabase({ process }: WorldNode, forMs: number): void {
    const { network, watches, clock } = this.#world;
    if (!process) return;
    network.cut(process.name, DATABASE, forMs);
    if (forMs > TAKEN_FOR_DEAD_MS) clock.setTimeout(() => watches.outOfReach(process), TAKEN_FOR_DEAD_MS);
  }

  #cutFromCarrier({ process }: WorldNode, forMs: number): void {
    const { network, watches, clock } = this.#world;
    if (!process) return;
    network.cut(process.name, 'carrier', forMs);
    this.#outage(watches.cutOff(process, clock.now()), forMs);
  }

  #suspend(node: WorldNode, forMs: number): void {
    const { process } = node;
    if (!process) return;
    process.suspend();
    this.#world.watches.lost(process);
    this.#endAfter(forMs, () => process.resume());
  }

  /** Or when everything is healed, which may be sooner. */
  #endAfter(forMs: number, end: () => void): void {
    const { clock } = this.#world;
    const timer = clock.setTimeout(() => ends(), forMs);
    const ends = () => {
      clock.clearTimeout(timer);
      this.#endings.delete(ends);
      end();
    };
    this.#endings.add(ends);
  }
}

function lengthOf(fault: MachineFault, chance: Chance): number {
  const usualMs = chance.between(1_000, 15_000);
  if (fault === 'nodeSuspended') return chance.between(200, 90_000);
  if (fault === 'nodeCutFromDatabase') return chance.between(1_000, 90_000);
  return usualMs;
}
