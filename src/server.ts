import type { Call, Log } from '../runtime/call.ts';
import { CallHost, type HostOptions, type Providers } from '../runtime/call-host.ts';
import type { Clock } from '../runtime/clock.ts';
import { listen } from '../runtime/cloud/listen.ts';
import type { Server } from '../runtime/cloud/transport.ts';
import type { CallStart } from '../runtime/journal.ts';
import type { CarrierSocket } from '../runtime/ports.ts';
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
import { drainNode } from './cluster/drain-node.ts';
import type { SendRequest } from './cluster/forward-webhook.ts';
import { Cluster } from './cluster/open-cluster.ts';
import type { CompanyAdministration } from './companies/administration.ts';
import type { Config } from './config.ts';
import { type Console, type ConsoleExtras, openConsole } from './console/open.ts';
import type { AgentConfig } from './edge/agent-config.ts';
import type { ServedFlows } from './flows/library.ts';
import type { ResponseCache } from './language/cache/response-cache.ts';
import type { Recordings } from './recordings/recordings.ts';
import type { NodeRegions } from './regions/open.ts';
import { toldFrom } from './regions/routed-to.ts';
import { callBounds, callStart, hostAgent, oneAgent, type ServedAgents } from './served-agents.ts';
import type { Storage } from './storage/open.ts';
import { SupervisorDesk } from './supervisor/desk.ts';
import { Departures } from './telephony/departures.ts';
import { edgeDoor } from './telephony/edge-door.ts';
import { type MediaSocketOptions, mediaSocket } from './telephony/media-socket.ts';
import { type ExpectedCall, Reception } from './telephony/reception.ts';
import { twilioRoutes } from './telephony/routes.ts';
import { carrierAccess } from './telephony/signature.ts';
import { VERSION } from './version.ts';

export type { ServedAgent, ServedAgents } from './served-agents.ts';

/** Several agents, or one that is as the settings say. */
export type ServerParts = CommonParts &
  ({ agents: ServedAgents } | { agents?: never; flows: ServedFlows; providers: Providers });

interface CommonParts {
  config: Config;
  clock: Clock;
  log: Log;
  /** With the database, this node is known to all that share it. */
  storage: Pick<Storage, 'store'> & Partial<Pick<Storage, 'database'>>;
  /** Brings here the version of the flow that a call from elsewhere follows, if it was kept. */
  bringFlow?(start: CallStart): Promise<void>;
  /** How other nodes are reached. Default: over HTTP. */
  sendToNode?: SendRequest;
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
  /**
   * Takes no new calls, moves the running ones to other nodes, or lets them finish where there are none, within the drain
   * timeout, and says goodbye on the rest.
   */
  drain(): Promise<void>;
  /** Ends every call at once; new ones and those on their way are turned away. What waits for calls goes on. */
  hurry(): void;
  /** Ends every call at once and frees the port, when the carriers have been told what to do with their callers. */
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 64 * 1024;
/** As the chart has it. */
const LINE_GRACE_MS = 15_000;

/** Puts the parts together and opens the doors. The parts stay the caller's to close. */
export async function startServer(parts: ServerParts): Promise<RunningServer> {
  const { config, clock, log, storage } = parts;
  const agents = parts.agents ?? oneAgent(parts);
  const delays: Partial<Record<string, number>> = {
    silence: config.silenceS * 1_000,
    longestCall: config.maxCallS * 1_000,
    ...parts.host?.delays,
  };
  let openPages: Console | null = null;
  let ended = 0;
  const host = new CallHost({
    clock,
    ...hostAgent(agents.all[0]),
    agents: new Map(agents.all.map(agent => [agent.name, hostAgent(agent)])),
    journal: storage.store,
    toolLedger: storage.store.tools,
    node: config.node,
    log,
    ...parts.host,
    onCall(call) {
      parts.recordings?.watch(call);
      desk.watch(call);
      openPages?.began(call);
      parts.host?.onCall?.(call);
    },
    onEnded(call, summary) {
      ended++;
      openPages?.ended(call, summary);
    },
    onReleased: call => goesOnElsewhere(call),
    onAbandoned: call => goesOnElsewhere(call),
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

  const bounds = callBounds(agents, config);
  let draining = false;
  let closing = false;
  const cluster = new Cluster({
    host,
    store: storage.store,
    database: storage.database,
    node: config.node,
    region: config.region,
    bounds,
    regionUrls: config.cloudRegions,
    lineGraceMs: delays.lineGrace ?? LINE_GRACE_MS,
    clock,
    log,
    bringFlow: parts.bringFlow,
    send: parts.sendToNode,
    isDraining: () => draining,
  });
  await cluster.sweep();

  const departures = new Departures(clock);
  const access = carrierAccess({
    authToken: config.twilioAuthToken,
    publicUrl: config.publicUrl,
    nodeUrl: config.nodeUrl,
    onRefused: (reason, path) => log.warn({ reason, path }, 'Refused a request that is not the carrier’s.'),
  });
  if (access.warning) log.warn({}, access.warning);
  const reception = new Reception({
    clock,
    onExpired: call => {
      log.warn({ callSid: call.callSid }, 'A media stream never came.');
      cluster.returning.streamNeverCame(call.callSid);
    },
    onRefused: (reason, callSid) => log.warn({ reason, callSid }, 'Turned a media stream away.'),
  });
  const carrierDesk = callDesk({
    host,
    returning: cluster.returning,
    store: storage.store,
    clock,
    isDraining: () => draining,
    onAnswered: callSid => departures.answered(callSid),
  });
  const streams: Omit<MediaSocketOptions, 'access'> = {
    reception,
    clock,
    log,
    answer: (expected, start, socket) => {
      if (closing) return null;
      if (expected.resume) return resumeCall({ host, cluster }, expected, socket, start.streamSid);
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
    bounds,
    store: storage.store,
    clock,
    log,
    isOpen: () => !draining && !closing,
    mayReturn: () => !closing && cluster.isInTouch,
    begin: (expected, socket, streamSid) =>
      host.begin(callStart(expected, { config, agents, clock }), socket, streamSid),
    takeOver: (callSid, isWanted) => cluster.returning.takeOver(callSid, isWanted),
    agentFor: parts.edgeAgentFor,
  });

  const nodeUrl = () => config.nodeUrl ?? config.publicUrl ?? urlOf(config.host, server.port);
  function goesOnElsewhere(call: Call): void {
    media.left(call);
    softphone.left(call);
    openPages?.left(call);
  }

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
        streamOrigin: nodeUrl,
        otherNodes: cluster.otherNodes,
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
          calls: carrierDesk.liveCalls,
          moved: cluster.moved,
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
  await cluster.join(nodeUrl()).catch(async (error: unknown) => {
    await cluster.leave();
    await server.close();
    throw error;
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
      await drainNode({
        ...{ host, cluster, reception, departures, clock, log, hurry },
        streams: [...edge.sockets, media],
        ended: () => ended,
        timeoutMs: config.drainTimeoutS * 1_000,
      });
    },

    hurry,

    async close() {
      draining = true;
      hurry();
      await cluster.leave();
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

/** A stream that a live call comes back with. */
function resumeCall(
  { host, cluster }: { host: CallHost; cluster: Cluster },
  { callSid }: ExpectedCall,
  socket: CarrierSocket,
  streamSid: string,
): Call | null {
  const call = host.bySid(callSid);
  if (!call) return cluster.returning.attach(callSid, { socket, streamSid });
  call.resume(socket, streamSid);
  return call;
}

function urlOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
