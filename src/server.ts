import { randomUUID } from 'node:crypto';
import type { Call, Log } from '../runtime/call.ts';
import { CallHost, type HostAgent, type HostOptions, type Providers } from '../runtime/call-host.ts';
import { CallRecord } from '../runtime/call-record.ts';
import type { Clock } from '../runtime/clock.ts';
import { listen } from '../runtime/cloud/listen.ts';
import type { Server } from '../runtime/cloud/transport.ts';
import { type ApiAccessOptions, apiAccess, identify, keyedAccess } from './api/access.ts';
import { cacheRoute } from './api/cache.ts';
import { companyRoutes } from './api/companies.ts';
import { type FlowStatus, flowRoutes } from './api/flows.ts';
import { healthRoute } from './api/health.ts';
import { recordingRoutes } from './api/recordings.ts';
import { regionRoutes } from './api/regions.ts';
import { guarded } from './api/security-headers.ts';
import { Sessions } from './api/sessions.ts';
import { listenSocket, supervisorRoutes } from './api/supervisor.ts';
import { callDesk } from './call-desk.ts';
import { callStartOf } from './call-ids.ts';
import type { CompanyAdministration } from './companies/administration.ts';
import type { Config } from './config.ts';
import { type Console, type ConsoleAgent, type ConsoleExtras, openConsole } from './console/open.ts';
import type { AgentConfig } from './edge/agent-config.ts';
import type { ServedFlows } from './flows/library.ts';
import { repeatEvery } from './jobs/repeat-every.ts';
import type { ResponseCache } from './language/cache/response-cache.ts';
import type { Recordings } from './recordings/recordings.ts';
import type { NodeRegions } from './regions/open.ts';
import { toldFrom } from './regions/routed-to.ts';
import { closeOrphans } from './storage/close-orphans.ts';
import type { Storage } from './storage/open.ts';
import { SupervisorDesk } from './supervisor/desk.ts';
import { Departures } from './telephony/departures.ts';
import { edgeDoor } from './telephony/edge-door.ts';
import { type MediaSocketOptions, mediaSocket } from './telephony/media-socket.ts';
import { type CallWishes, type ExpectedCall, Reception } from './telephony/reception.ts';
import { twilioRoutes } from './telephony/routes.ts';
import { carrierAccess } from './telephony/signature.ts';
import { takeOver } from './telephony/take-over.ts';
import { VERSION } from './version.ts';

/** An agent with everything it stands on. */
export type ServedAgent = Omit<HostAgent, 'flow'> & ConsoleAgent;

export interface ServedAgents {
  readonly all: readonly [ServedAgent, ...ServedAgent[]];
  /** Who answers a number of ours. */
  agentFor(number: string): ServedAgent;
}

/** Several agents, or one that is as the settings say. */
export type ServerParts = CommonParts &
  ({ agents: ServedAgents } | { agents?: never; flows: ServedFlows; providers: Providers });

interface CommonParts {
  config: Config;
  clock: Clock;
  log: Log;
  storage: Pick<Storage, 'store'>;
  /** Administered over the API when given. */
  companies?: CompanyAdministration;
  /** Told of over the API when given. */
  flowStatus?: FlowStatus;
  /** Where the audio of calls is kept; told of over the API when given. */
  recordings?: Recordings;
  /** Told of over the API when given. */
  responses?: Pick<ResponseCache, 'report'> | null;
  /** Other regions that calls may be sent to; told of over the API when given. */
  regions?: Pick<NodeRegions, 'regions' | 'partners' | 'routing'>;
  /** Who answers a number, as edges are told. Default: one that is as the settings say. */
  edgeAgentFor?(number: string): AgentConfig;
  /** What the console shows besides calls. */
  console?: ConsoleExtras;
  /** For what tests and benches set otherwise. */
  host?: Partial<Pick<HostOptions, 'delays' | 'playout' | 'settings' | 'onCall'>>;
  media?: Pick<MediaSocketOptions, 'startTimeoutMs' | 'silenceTimeoutMs'>;
  /** Opens the port; a simulated network has others. */
  listen?: typeof listen;
}

export interface RunningServer {
  readonly host: CallHost;
  readonly transport: Server['transport'];
  /** Where it listens, as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Takes no new calls, lets the running ones finish within the drain timeout, and says goodbye on the rest. */
  drain(): Promise<void>;
  /** Ends every call at once; new ones and those on their way are turned away. What waits for calls goes on. */
  hurry(): void;
  /** Ends every call at once and frees the port, when the carriers have been told what to do with their callers. */
  close(): Promise<void>;
}

/** What remains of the drain timeout for goodbyes. */
const GOODBYE_MS = 15_000;
const MAX_BODY_BYTES = 64 * 1024;
/** A node that is alive sends heartbeats every few seconds. */
const ORPHAN_AGE_MS = 60_000;
/** The line's grace (15 s), the 5 s that may lie between the last heartbeat and a death, and something for the carrier. */
const CALLERS_TIME_MS = 30_000;
const SWEEP_EVERY_MS = 30_000;

/** Puts the parts together and opens the doors. The parts stay the caller's to close. */
export async function startServer(parts: ServerParts): Promise<RunningServer> {
  const { config, clock, log, storage } = parts;
  const agents = parts.agents ?? oneAgent(parts);
  const delays = {
    silence: config.silenceS * 1_000,
    longestCall: config.maxCallS * 1_000,
    ...parts.host?.delays,
  };
  let openPages: Console | null = null;
  const host = new CallHost({
    clock,
    ...hostAgent(agents.all[0]),
    agents: new Map(agents.all.map(agent => [agent.name, hostAgent(agent)])),
    journal: storage.store,
    log,
    ...parts.host,
    onCall(call) {
      parts.recordings?.watch(call);
      desk.watch(call);
      openPages?.began(call);
      parts.host?.onCall?.(call);
    },
    onEnded: (call, summary) => openPages?.ended(call, summary),
    settings: { longestSilenceMs: config.agentSilenceMs, ...parts.host?.settings },
    delays,
  });

  const desk = new SupervisorDesk({ host, clock, log });
  const sessions = new Sessions({ clock });
  const apiUsers: ApiAccessOptions = {
    apiKey: config.apiKey,
    publicUrl: config.publicUrl,
    sessions,
    readOnly: config.consoleReadOnly,
  };

  const sweepOrphans = () =>
    closeOrphans({
      store: storage.store,
      node: config.node,
      olderThanMs: ORPHAN_AGE_MS,
      callersTimeMs: CALLERS_TIME_MS,
      log,
      project: (start, entries) =>
        CallRecord.of(entries).summarise(start, {
          endedAt: start.startedAt + (entries.at(-1)?.atMs ?? 0),
          outcome: 'interrupted',
        }),
    });
  await sweepOrphans();

  let draining = false;
  let closing = false;
  const departures = new Departures(clock);
  const access = carrierAccess({
    authToken: config.twilioAuthToken,
    publicUrl: config.publicUrl,
    onRefused: (reason, path) => log.warn({ reason, path }, 'Refused a request that is not the carrier’s.'),
  });
  if (access.warning) log.warn({}, access.warning);
  const reception = new Reception({
    clock,
    onExpired: call => log.warn({ callSid: call.callSid }, 'A media stream never came.'),
    onRefused: (reason, callSid) => log.warn({ reason, callSid }, 'Turned a media stream away.'),
  });
  const carrierDesk = callDesk(
    host,
    () => draining,
    callSid => departures.answered(callSid),
  );
  const streams: Omit<MediaSocketOptions, 'access'> = {
    reception,
    clock,
    log,
    answer: (expected, start, socket) => {
      if (closing) return null;
      if (expected.resume) return resumeCall(host, expected, socket, start.streamSid);
      return host.begin(callStart(expected, { config, agents, clock }), socket, start.streamSid);
    },
    ...parts.media,
  };
  const media = mediaSocket({ ...streams, access, onDeparture: callSid => departures.add(callSid) });
  const pages = await openConsole({
    config,
    clock,
    log,
    host,
    agents,
    reception,
    delays,
    sessions,
    users: apiUsers,
    desk: carrierDesk,
    store: storage.store,
    hasAudio: callId => parts.recordings?.has(callId) ?? false,
    origin: () => urlOf(config.host, server.port),
    ...parts.console,
  });
  openPages = pages;
  const listening = listenSocket({ access: apiUsers, desk, clock });
  sessions.onEnded(() => listening.recheck());
  // No webhook follows a browser's stream, so nothing waits for one.
  const softphone = mediaSocket({ ...streams, ...pages.softphone });
  const edge = edgeDoor({
    config,
    agents,
    host,
    desk: carrierDesk,
    store: storage.store,
    clock,
    log,
    isOpen: () => !draining && !closing,
    begin: (expected, socket, streamSid) =>
      host.begin(callStart(expected, { config, agents, clock }), socket, streamSid),
    takeOver: callSid => takeOver(callSid, { host, store: storage.store }),
    agentFor: parts.edgeAgentFor,
  });

  const startedMs = clock.now();
  const server: Server = await (parts.listen ?? listen)({
    host: config.host,
    port: config.port,
    maxBodyBytes: MAX_BODY_BYTES,
    ...(config.transport !== 'auto' && { prefer: config.transport }),
    http: toldFrom(config.region, [
      ...twilioRoutes({
        access,
        reception,
        desk: carrierDesk,
        origin: () => config.publicUrl ?? urlOf(config.host, server.port),
        maxCalls: config.maxCalls,
        accountSid: config.twilioAccountSid,
        ...(parts.regions && { routing: parts.regions.routing }),
        defaults: {
          edgeRegion: config.edgeRegion,
          latencyTargetMs: config.latencyTargetMs,
          qualityMode: config.qualityMode,
        },
        onError: error => log.error({ err: error }, 'A webhook could not be served.'),
      }),
      ...edge.http,
      ...guarded([
        ...pages.http,
        ...supervisorRoutes({ access: apiUsers, desk }),
        ...(parts.recordings
          ? recordingRoutes({
              access: apiAccess(apiUsers),
              recordings: parts.recordings,
              startOf: id => callStartOf(id, host, storage.store),
              isWithheld: (request, start) => pages.redacts(start) && identify(request, apiUsers) !== 'key',
              onError: error => log.error({ err: error }, 'A recording could not be read.'),
            })
          : []),
        ...(parts.flowStatus
          ? flowRoutes({
              access: apiAccess(apiUsers),
              status: parts.flowStatus,
              calls: () => host.calls(),
              now: () => clock.wallTime(),
              onError: error => log.error({ err: error }, 'The flows could not be read.'),
            })
          : []),
        cacheRoute({ access: apiAccess(apiUsers), report: () => parts.responses?.report() ?? null }),
        ...(parts.regions
          ? regionRoutes({
              access: apiAccess(apiUsers),
              ...parts.regions,
              now: () => clock.now(),
              wallTime: () => clock.wallTime(),
            })
          : []),
        ...(parts.companies
          ? companyRoutes({ access: keyedAccess(config.apiKey), companies: parts.companies, log })
          : []),
        healthRoute(() => ({
          draining,
          calls: host.size,
          maxCalls: config.maxCalls,
          region: config.region,
          transport: server.transport,
          uptimeS: Math.floor((clock.now() - startedMs) / 1_000),
          version: VERSION,
        })),
      ]),
    ]),
    sockets: [media, softphone, ...pages.sockets, listening, ...edge.sockets],
    onError: error => log.error({ err: error }, 'A request failed.'),
    warn: message => log.warn({}, message),
  });

  // Not before the server listens: a start that fails must leave no timer behind, or the process would not end.
  const sweeps = repeatEvery(SWEEP_EVERY_MS, sweepOrphans, {
    clock,
    failed: error =>
      log.warn({ err: error }, 'Calls left behind by other processes could not be looked for.'),
  });

  function hurry(): void {
    closing = true;
    reception.close();
    host.hangUp();
  }

  return {
    host,
    transport: server.transport,
    url: urlOf(config.host, server.port),

    async drain() {
      draining = true;
      const goodbyeAt = Math.max(0, config.drainTimeoutS * 1_000 - GOODBYE_MS);
      const timers = [
        clock.setTimeout(() => host.conclude(), goodbyeAt),
        clock.setTimeout(() => hurry(), config.drainTimeoutS * 1_000),
      ];
      await reception.emptied();
      await host.idle();
      await departures.settled();
      for (const timer of timers) clock.clearTimeout(timer);
    },

    hurry,

    async close() {
      draining = true;
      hurry();
      await sweeps.stop();
      await host.idle();
      await departures.settled();
      server.stopAccepting();
      host.pacer.stop();
      media.stop();
      softphone.stop();
      listening.stop();
      await pages.close();
      await server.close();
    },
  };
}

function oneAgent(parts: { config: Config; flows: ServedFlows; providers: Providers }): ServedAgents {
  const { voice, language, transferNumber } = parts.config;
  const { flows, providers } = parts;
  const agent = { name: 'default', flows, providers, voice, language, transferNumber };
  return { all: [agent], agentFor: () => agent };
}

function hostAgent({ flows, providers, voice, transferNumber }: ServedAgent): HostAgent {
  return { flow: start => flows.chartOf(start), providers, voice, transferNumber };
}

function callStart(
  expected: ExpectedCall,
  { config, agents, clock }: { config: Config; agents: ServedAgents; clock: Clock },
) {
  const { direction, from, to } = expected;
  const { agent, flow, flowVersion, language } = expected.wishes ?? wishesOf(expected, agents);
  return {
    agent,
    callId: randomUUID(),
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
  };
}

/** Who answers, and how, where the numbers decide. */
function wishesOf({ direction, from, to, callSid }: ExpectedCall, agents: ServedAgents): CallWishes {
  const [ours, theirs] = direction === 'inbound' ? [to, from] : [from, to];
  const { name: agent, flows, language } = agents.agentFor(ours);
  const { name: flow, version: flowVersion } = flows.choose(theirs || callSid);
  return { agent, flow, flowVersion, language };
}

function resumeCall(
  host: CallHost,
  { callSid }: ExpectedCall,
  socket: Parameters<Call['resume']>[0],
  streamSid: string,
): Call | null {
  const call = host.bySid(callSid);
  call?.resume(socket, streamSid);
  return call ?? null;
}

function urlOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
