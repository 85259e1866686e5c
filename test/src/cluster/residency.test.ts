import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CallStart } from '../../../runtime/journal.ts';
import type { Area } from '../../../src/language/areas.ts';
import { CallBounds } from '../../../src/regions/call-bounds.ts';
import { cloudRegions, REGION_NAMES, type RegionName } from '../../../src/regions/cloud-regions.ts';
import { type AgentPlace, type SimNode, SimNodes, startOf } from './simulated-nodes.ts';

const KINDS = [
  'begin',
  'kill',
  'drain',
  'resume',
  'resume',
  'status',
  'dialed',
  'rehome',
  'prepare',
  'wish',
  'archive',
  'pass',
] as const;

interface Step {
  kind: (typeof KINDS)[number];
  node: number;
  call: number;
  agent: number;
}

const residency: fc.Arbitrary<readonly Area[] | null> = fc.option(
  fc.uniqueArray(fc.constantFrom<Area>('eu', 'us', 'uk'), { minLength: 1, maxLength: 2 }),
);
const world = fc.record({
  residencies: fc.array(residency, { minLength: 1, maxLength: 3 }),
  regions: fc.array(fc.constantFrom<string>(...REGION_NAMES.slice(0, 4), ''), { minLength: 2, maxLength: 5 }),
  steps: fc.array(
    fc.record<Step>({
      kind: fc.constantFrom(...KINDS),
      node: fc.nat(4),
      call: fc.nat(11),
      agent: fc.nat(2),
    }),
    { minLength: 10, maxLength: 40 },
  ),
});

/** A node that may dies, and the carrier asks one that may not before the other that may. */
const wrongNodeAsked: { residencies: (readonly Area[])[]; regions: string[]; steps: Step[] } = {
  residencies: [['us']],
  regions: ['us-east-1', 'eu-west-2', 'us-west-2'],
  steps: [
    { kind: 'kill', node: 0, call: 0, agent: 0 },
    { kind: 'resume', node: 1, call: 0, agent: 0 },
  ],
};

/** As the companies would say it. */
function isForbidden(agents: readonly AgentPlace[], { name, region }: SimNode, start: CallStart): boolean {
  const allowed = agents.find(agent => agent.name === start.agent)?.residency ?? null;
  if (allowed === null) return false;
  return region === '' ? start.node !== name : !allowed.includes(cloudRegions[region as RegionName].area);
}

/** What befell the calls of all worlds: a world in which nothing happens proves nothing. */
const happened = new Map<string, number>();
const note = (what: string) => happened.set(what, (happened.get(what) ?? 0) + 1);

async function live(agents: readonly AgentPlace[], regions: readonly string[], steps: readonly Step[]) {
  const crimes: string[] = [];
  const nodes = await SimNodes.start({
    agents,
    regions,
    touched(node, start, how) {
      note(how);
      if (isForbidden(agents, node, start))
        crimes.push(`${node.name} (${node.region}): ${how} ${start.agent}`);
    },
    released(node, start) {
      note('release');
      const others = nodes.nodes.filter(other => other !== node);
      if (others.every(other => isForbidden(agents, other, { ...start, node: 'another' })))
        crimes.push(`${node.name} lets a call go that nobody may have`);
    },
  });
  const all = nodes.nodes;
  const starts: CallStart[] = [];
  const recordOf = ({ callId }: CallStart) => nodes.records.calls.get(callId);
  /** Where the call is; a node from which it was taken may not have heard of it yet. */
  const holders = (start: CallStart) =>
    all.filter(
      node =>
        node.isAlive && node.has(start.callSid) && node.store.opening === recordOf(start)?.process.opening,
    );

  async function comeBack(asked: SimNode, start: CallStart): Promise<void> {
    // Who has lost the call hears of it.
    for (const node of all) if (node.isAlive) await node.store.heartbeat();
    const isLive = recordOf(start)?.status === 'live';
    // That a node which says nothing of where it is has begun the call is known to itself alone.
    const asOthersSee = (node: SimNode) => (node === asked ? start : { ...start, node: 'another' });
    const homes = all.filter(
      node => node.isAlive && !node.isDraining && !isForbidden(agents, node, asOthersSee(node)),
    );
    const had = holders(start);
    const told = await asked.carrierAsks('resume', start.callSid);
    const has = holders(start);
    if (!isLive && had.length === 0) expect(told).toBe('Hangup');
    else if (homes.length > 0 || had.length > 0) {
      expect({ told, has: has.length }).toEqual({ told: 'Connect', has: 1 });
      if (had.length === 0 && isForbidden(agents, asked, start)) note('sent on');
    } else if (isForbidden(agents, asked, start)) {
      expect({ told, has: has.length }).toEqual({ told: 'Say,Hangup', has: 0 });
      note('apologised');
    }
  }

  async function take({ kind, node: at, call, agent: which }: Step): Promise<void> {
    const node = all[at % all.length] as SimNode;
    const agent = agents[which % agents.length] as AgentPlace;
    const start = starts[call % Math.max(1, starts.length)];
    if (kind === 'pass') return nodes.pass(5_000 * (1 + call ** 2));
    if (!node.isAlive) return;
    if (kind === 'begin') {
      const begun = { ...startOf(newSid(starts.length), agent.number, node.name), agent: agent.name };
      if (node.isDraining || isForbidden(agents, node, begun)) return;
      starts.push(begun);
      return node.begin(begun);
    }
    if (kind === 'kill') return node.kill();
    if (kind === 'drain') return node.drain();
    if (!start) return;
    const fresh = { ...start, callId: 'of the edge', callSid: newSid(99), node: 'edge' };
    const isTurnedAway = isForbidden(agents, node, fresh);
    if (kind === 'resume') return comeBack(node, start);
    if (kind === 'status' || kind === 'dialed') await node.carrierAsks(kind, start.callSid);
    else if (kind === 'rehome') {
      const isHere = node.has(start.callSid);
      const answer = await node.edgeAsks({
        event: 'aybiza.rehome',
        callSid: start.callSid,
        streamSid: 'MZ1',
      });
      if (!isHere && isForbidden(agents, node, start)) expect(answer).toBe('aybiza.refused');
    } else if (kind === 'archive') expect(await node.archive(fresh)).toBe(isTurnedAway ? 403 : 204);
    else {
      const message =
        kind === 'prepare'
          ? ({ event: 'aybiza.prepare', callId: fresh.callId, start: fresh, entries: [] } as const)
          : ({ event: 'aybiza.begin', start: { ...fresh, accountSid: '' }, streamSid: 'MZ2' } as const);
      const answer = await node.edgeAsks(message);
      const yes = kind === 'prepare' ? 'aybiza.ready' : 'aybiza.taken';
      expect(answer).toBe(isTurnedAway || node.isDraining ? 'aybiza.refused' : yes);
    }
  }

  const begins = agents.flatMap((_, agent) =>
    all.map((_, node): Step => ({ kind: 'begin', node, call: 0, agent })),
  );
  for (const step of [...begins, ...steps]) {
    await take(step);
    expect(crimes).toEqual([]);
  }
  await nodes.pass(120_000);
  expect(crimes).toEqual([]);
  // Nobody's record stays open: whoever may reads the log, and else it is closed without.
  const isWatched = all.some(({ isAlive }) => isAlive);
  for (const start of starts)
    if (isWatched && holders(start).length === 0) {
      const record = recordOf(start);
      expect(record?.status).toBe('ended');
      if (record?.outcome === 'interrupted') note('closed by others');
    }
}

function newSid(at: number): string {
  return `CA${at.toString(16).padStart(32, '0')}`;
}

describe('Whatever nodes die and drain, and whoever is asked', { timeout: 60_000 }, () => {
  it('no node claims, reads, prepares or is handed a call whose data may not be there, and the others go on', async () => {
    await fc.assert(
      fc.asyncProperty(world, ({ residencies, regions, steps }) => {
        const agents = residencies.map((allowed, at) => ({
          name: `agent-${at}`,
          number: `+1202555010${at}`,
          residency: allowed,
        }));
        return live(agents, regions, steps);
      }),
      { numRuns: 300, examples: [[wrongNodeAsked]] },
    );
    const wanted = [
      'claim',
      'restore',
      'prepare',
      'release',
      'hand over',
      'sent on',
      'apologised',
      'closed by others',
    ];
    for (const what of wanted) expect([what, happened.get(what) ?? 0]).not.toEqual([what, 0]);
  });
});

describe('A node that has not been told where it is', () => {
  const agents = [
    { name: 'anywhere', residency: null },
    { name: 'europe', residency: ['eu'] as const },
  ];
  const bounds = (isAlone: boolean) => new CallBounds({ agents, own: null, node: 'here', isAlone });

  it('takes up its own calls again, and those of others only where their data may be anywhere', () => {
    expect(bounds(true).refusal({ agent: 'europe', node: 'here' })).toBeNull();
    expect(bounds(true).refusal({ agent: 'anywhere', node: 'there' })).toBeNull();
    expect(bounds(true).refusal({ agent: 'europe', node: 'there' })).toMatch(/set AYBIZA_REGION/);
    expect(bounds(false).refusal({ agent: 'europe', node: 'here' })).toMatch(/set AYBIZA_REGION/);
  });

  it('takes no call of an agent that it does not know, where it knows one that is bound', () => {
    expect(bounds(true).refusal({ agent: 'gone', node: 'here' })).toBe(
      'The agent gone is not known here, nor where its calls may be.',
    );
    const free = new CallBounds({ agents: agents.slice(0, 1), own: null, node: 'here', isAlone: true });
    expect(free.refusal({ agent: 'gone', node: 'there' })).toBeNull();
  });
});
