import type { Call, Log } from '../../runtime/call.ts';
import type { CallHost } from '../../runtime/call-host.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { HttpRoute } from '../../runtime/cloud/transport.ts';
import type { CallWish } from '../../runtime/edge/relay-messages.ts';
import type { CallStart } from '../../runtime/journal.ts';
import type { CarrierSocket } from '../../runtime/ports.ts';
import { defaultAgent } from '../agents.ts';
import type { Config } from '../config.ts';
import { type AgentConfig, toAgentConfig } from '../edge/agent-config.ts';
import type { ServedFlows } from '../flows/library.ts';
import type { CallBounds } from '../regions/call-bounds.ts';
import type { CallStore } from '../storage/call-store.ts';
import { edgeAccess } from './edge-access.ts';
import { completeRecords } from './edge-copy.ts';
import { edgeRoutes } from './edge-routes.ts';
import { type EdgeSocket, type EdgeSocketOptions, edgeSocket } from './edge-socket.ts';
import type { ExpectedCall } from './reception.ts';
import type { CallDesk } from './routes.ts';

interface AgentHere {
  name: string;
  flows: ServedFlows;
  voice: string;
  language: string;
  transferNumber: string | null;
}

export interface EdgeDoorOptions {
  config: Config;
  agents: { all: readonly [AgentHere, ...AgentHere[]]; agentFor(number: string): AgentHere };
  host: CallHost;
  desk: CallDesk;
  bounds: Pick<CallBounds, 'refusal'>;
  store: Pick<CallStore, 'archive' | 'get' | 'peek' | 'events' | 'adopt' | 'isOurs'>;
  clock: Clock;
  log: Log;
  isOpen: EdgeSocketOptions['isOpen'];
  mayReturn: EdgeSocketOptions['mayReturn'];
  begin(expected: ExpectedCall, socket: CarrierSocket, streamSid: string): Call;
  takeOver: EdgeSocketOptions['takeOver'];
  /** Who answers a number. Default: one that is as the settings say. */
  agentFor: ((number: string) => AgentConfig) | undefined;
}

/** All by which edges come in: a socket for the calls that they carry, and what they ask over HTTP. */
export interface EdgeDoor {
  sockets: EdgeSocket[];
  http: HttpRoute[];
}

/** Closed to all without EDGE_SECRET. */
export function edgeDoor(options: EdgeDoorOptions): EdgeDoor {
  const { agents, bounds, config, store } = options;
  if (!config.edgeSecret) return { sockets: [], http: [] };
  const access = edgeAccess(config.edgeSecret);
  const refusal = {
    of: (start: CallStart) => bounds.refusal(start),
    ofNew({ direction, from, to }: CallWish) {
      const { name } = agents.agentFor(direction === 'inbound' ? to : from);
      return bounds.refusal({ agent: name, node: '' });
    },
  };
  return {
    sockets: [
      edgeSocket({
        ...options,
        access,
        refusal,
        begin: (wish, socket, streamSid) => options.begin(expectedOf(wish), socket, streamSid),
        mustFit: start => agentOf(agents.all, start).flows.chartOf(start),
        isOurs: callId => store.isOurs(callId),
        complete: copy => completeRecords(copy, store),
      }),
    ],
    http: edgeRoutes({
      ...options,
      access,
      refusal,
      archive: call => store.archive(call),
      agentFor: options.agentFor ?? (number => asSet(config, agents.agentFor(number))),
    }),
  };
}

/** As if the carrier had announced it here. */
function expectedOf(wish: CallWish): ExpectedCall {
  return { ...wish, callStatus: 'in-progress', resume: false };
}

/** Throws when there is no agent of the name. */
function agentOf(all: EdgeDoorOptions['agents']['all'], { agent: name }: CallStart): AgentHere {
  const agent = name === undefined ? all[0] : all.find(one => one.name === name);
  if (!agent) throw new Error(`there is no agent ${name} here`);
  return agent;
}

function asSet(config: Config, { name, flows, voice, language, transferNumber }: AgentHere): AgentConfig {
  const { name: flow, version } = flows.choose('');
  const agent = { ...defaultAgent(config), name, voice, language, transferNumber, flow: { [flow]: 1 } };
  return toAgentConfig(agent, () => version);
}
