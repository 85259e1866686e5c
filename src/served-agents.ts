import { randomUUID } from 'node:crypto';
import type { HostAgent, Providers } from '../runtime/call-host.ts';
import type { Clock } from '../runtime/clock.ts';
import type { CallStart } from '../runtime/journal.ts';
import type { Config } from './config.ts';
import type { ConsoleAgent } from './console/open.ts';
import type { ServedFlows } from './flows/library.ts';
import type { Area } from './language/areas.ts';
import { CallBounds } from './regions/call-bounds.ts';
import type { CallWishes, ExpectedCall } from './telephony/reception.ts';

/** An agent with everything it stands on. */
export type ServedAgent = Omit<HostAgent, 'flow'> &
  ConsoleAgent & {
    /** The only areas where its callers' data may be; null for anywhere. Default: as the settings say. */
    residency?: readonly Area[] | null;
  };

export interface ServedAgents {
  readonly all: readonly [ServedAgent, ...ServedAgent[]];
  /** Who answers a number of ours. */
  agentFor(number: string): ServedAgent;
}

/** The agent that the settings describe, for every call. */
export function oneAgent(parts: { config: Config; flows: ServedFlows; providers: Providers }): ServedAgents {
  const { voice, language, transferNumber } = parts.config;
  const { flows, providers } = parts;
  const agent = { name: 'default', flows, providers, voice, language, transferNumber };
  return { all: [agent], agentFor: () => agent };
}

export function hostAgent({ flows, providers, voice, transferNumber }: ServedAgent): HostAgent {
  return { flow: start => flows.chartOf(start), providers, voice, transferNumber };
}

/** Where calls that move may go on, as the settings say. */
export function callBounds(
  { all }: ServedAgents,
  { region: own, node, cloudRegions, allowedAreas }: Config,
): CallBounds {
  const agents = all.map(({ name, residency = allowedAreas }) => ({ name, residency }));
  return new CallBounds({ agents, own, node, isAlone: Object.keys(cloudRegions).length === 0 });
}

/** A call that begins now. */
export function callStart(
  expected: ExpectedCall,
  { config, agents, clock }: { config: Pick<Config, 'node'>; agents: ServedAgents; clock: Clock },
): CallStart {
  const { direction, from, to, carrier } = expected;
  const { agent, flow, flowVersion, language } = expected.wishes ?? wishesOf(expected, agents);
  return {
    agent,
    callId: expected.callId ?? randomUUID(),
    callSid: expected.callSid,
    node: config.node,
    from,
    to,
    direction,
    flow,
    flowVersion,
    language,
    startedAt: clock.wallTime(),
    parameters: { ...expected.parameters },
    ...(carrier !== undefined && { carrier }),
  };
}

/** Who answers, and how, where the numbers decide. */
function wishesOf({ direction, from, to, callSid }: ExpectedCall, agents: ServedAgents): CallWishes {
  const [ours, theirs] = direction === 'inbound' ? [to, from] : [from, to];
  const { name: agent, flows, language } = agents.agentFor(ours);
  const { name: flow, version: flowVersion } = flows.choose(theirs || callSid);
  return { agent, flow, flowVersion, language };
}
