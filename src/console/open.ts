import { join } from 'node:path';
import type { AnyStateMachine } from 'xstate';
import type { Call, Log } from '../../runtime/call.ts';
import type { CallHost } from '../../runtime/call-host.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { HttpRoute, SocketRoute } from '../../runtime/cloud/transport.ts';
import type { CallStart, CallSummary } from '../../runtime/journal.ts';
import { type ApiAccess, type ApiAccessOptions, apiAccess, upgradeAccess } from '../api/access.ts';
import { callRoutes } from '../api/calls.ts';
import { LoginThrottle } from '../api/login-throttle.ts';
import { sessionRoutes } from '../api/session.ts';
import type { Sessions } from '../api/sessions.ts';
import { callDirectory } from '../call-views.ts';
import type { Config } from '../config.ts';
import { FlowLibrary } from '../flows/library.ts';
import { inspectSocket } from '../inspect/socket.ts';
import { secretCutter } from '../log.ts';
import { packageFolder } from '../package-folder.ts';
import { type Secret, secretsIn } from '../secret.ts';
import type { CallStore } from '../storage/call-store.ts';
import type { Reception } from '../telephony/reception.ts';
import type { CallDesk } from '../telephony/routes.ts';
import { CallCharts } from './call-charts.ts';
import type { FeedOptions } from './call-feed.ts';
import { CallFeeds } from './call-feeds.ts';
import { StepMachines } from './call-steps.ts';
import { CallsFeed } from './calls-feed.ts';
import { ChartPictures } from './chart-pictures.ts';
import type { DrawingThread } from './drawing-thread.ts';
import { flowPageRoutes } from './flow-routes.ts';
import { FlowStudies } from './flow-studies.ts';
import { LazyThread } from './lazy-thread.ts';
import type { CallParties } from './live-row.ts';
import { liveSocket } from './live-socket.ts';
import { pageRoutes } from './pages.ts';
import { redactedDirectory } from './redaction/redacted-directory.ts';
import { SOFTPHONE_PATH, type SoftphoneAgent, softphoneRoutes } from './softphone.ts';
import { stepsRoute } from './steps-route.ts';
import type { StudyThread } from './study-thread.ts';

/** An agent as the console knows it. */
export interface ConsoleAgent extends SoftphoneAgent {
  parties?: CallParties;
  /** Default: as the settings say. */
  redact?: boolean;
}

export interface ConsoleAgents {
  readonly all: readonly ConsoleAgent[];
  agentFor(number: string): ConsoleAgent;
}

/** What a process has that keeps more than its calls; a process without shows less. */
export interface ConsoleExtras {
  library?: FlowLibrary;
  /** The chart of an earlier version; null where it was not kept. */
  keptFlow?(name: string, version: string, present: AnyStateMachine | null): Promise<AnyStateMachine | null>;
  /** Shown to nobody, besides those of the settings. */
  secrets?: readonly Secret[];
  /** Where Vite puts the pages. */
  pagesFolder?: string;
  /** Drawn for other consoles of this process, too. Default: for this one alone. */
  pictures?: ChartPictures;
}

export interface ConsoleOptions extends ConsoleExtras {
  /** Who is let in. */
  users: ApiAccessOptions;
  sessions: Sessions;
  config: Config;
  clock: Clock;
  log: Log;
  host: CallHost;
  store: CallStore;
  agents: ConsoleAgents;
  reception: Reception;
  desk: CallDesk;
  delays: Partial<Record<string, number>>;
  hasAudio(callId: string): boolean | Promise<boolean>;
  origin(): string;
}

export interface Console {
  readonly http: readonly HttpRoute[];
  readonly sockets: readonly SocketRoute<never>[];
  /** Of the calls that browsers make; the same streams as a carrier's. */
  readonly softphone: { path: string; access: { authorizeUpgrade: ApiAccess } };
  /** Whether what is personal in the call is shown as marks. */
  redacts(start: Pick<CallStart, 'agent'>): boolean;
  began(call: Call): void;
  ended(call: Call, summary: CallSummary): void;
  /** The call goes on at another node. */
  left(call: Call): void;
  close(): Promise<void>;
}

/** Everything that people look at: pages, what they show, and who is let in. */
export async function openConsole(options: ConsoleOptions): Promise<Console> {
  const { config, clock, log, host, store, agents, users, sessions } = options;
  const access = apiAccess(users);
  const library = options.library ?? (await FlowLibrary.open(config.flowsDir, []));
  const kept = options.keptFlow ?? (async () => null);
  const failed = (what: string) => (error: unknown) => log.error({ err: error }, what);

  const looks: FeedOptions = {
    live: { bySid: id => host.bySid(id), calls: () => host.calls() },
    store,
    clock,
    charts: new CallCharts({
      inService: start => agentOf(agents, start.agent).flows.chartOf(start),
      kept,
      today: async name => {
        const flow = await library.find(name);
        if (!flow) throw new Error(`There is no flow ${name}.`);
        return flow;
      },
    }),
    machines: new StepMachines(options.delays),
    redacts: ({ agent }) => redacts(config, agents, agent),
    hasAudio: options.hasAudio,
  };
  const calls = new CallsFeed({
    calls: () => host.calls(),
    clock,
    redacts: looks.redacts,
    partiesOf: ({ start }) =>
      agentOf(agents, start.agent).parties ?? {
        recognition: config.sttProvider,
        synthesis: config.ttsProvider,
      },
  });
  const feeds = new CallFeeds(looks);
  const live = liveSocket({
    access: users,
    clock,
    calls,
    feeds,
    onError: failed('A call that somebody looks at could not be read.'),
  });
  const inspecting = inspectSocket({
    ...{ access: users, clock, log, live: looks.live, redacts: looks.redacts },
    cutSecrets: secretCutter([...secretsIn(config), ...(options.secrets ?? [])]),
  });
  const stopRechecks = sessions.onEnded(() => {
    live.recheck();
    inspecting.recheck();
  });

  const drawing = new LazyThread<DrawingThread>('./drawing-thread', clock);
  const studying = new LazyThread<StudyThread>('./study-thread', clock);
  const http = [
    ...sessionRoutes({ ...users, sessions, throttle: new LoginThrottle(clock), log }),
    ...callRoutes({
      access,
      calls: redactedDirectory(callDirectory(host, store, clock), looks),
      onError: failed('The calls could not be read.'),
    }),
    stepsRoute(access, looks, failed('The steps of a call could not be made.')),
    ...flowPageRoutes({
      access,
      library,
      studies: new FlowStudies(studying, { folder: library.folder, dataDir: config.dataDir }),
      pictures: options.pictures ?? new ChartPictures(drawing),
      kept,
      calls: () => host.calls(),
      onError: failed('A flow could not be shown.'),
    }),
    ...softphoneRoutes({
      access,
      agents: agents.all,
      agentForAnyone: () => agents.agentFor(''),
      library,
      reception: options.reception,
      desk: options.desk,
      maxCalls: config.maxCalls,
      defaults: {
        edgeRegion: config.edgeRegion,
        latencyTargetMs: config.latencyTargetMs,
        qualityMode: config.qualityMode,
      },
      publicUrl: config.publicUrl,
      origin: options.origin,
      onError: failed('A call from a browser could not be placed.'),
    }),
    ...pageRoutes(options.pagesFolder ?? join(packageFolder(), 'dist', 'console')),
  ];

  return {
    http,
    sockets: [live as SocketRoute<never>, inspecting as SocketRoute<never>],
    softphone: { path: SOFTPHONE_PATH, access: { authorizeUpgrade: upgradeAccess(users) } },
    redacts: looks.redacts,
    began(call) {
      // Somebody may look at it already, by what another node has written.
      feeds.left(call.start.callId);
      calls.began(call);
      inspecting.inspection.began(call);
    },
    ended(call, summary) {
      inspecting.inspection.ended(call);
      calls.gone(call);
      feeds.ended(call.start.callId, summary);
    },
    left(call) {
      inspecting.inspection.ended(call);
      calls.gone(call);
      feeds.left(call.start.callId);
    },
    async close() {
      stopRechecks();
      live.stop();
      inspecting.stop();
      await Promise.all([drawing.close(), studying.close()]);
    },
  };
}

/** The first where a process has only one, or the agent is gone. */
function agentOf({ all }: ConsoleAgents, name: string | undefined): ConsoleAgent {
  return all.find(agent => agent.name === name) ?? (all[0] as ConsoleAgent);
}

/** Whoever is not known any more is not shown more of than anybody else. */
function redacts(config: Config, { all }: ConsoleAgents, name: string | undefined): boolean {
  const agent = name === undefined ? all[0] : all.find(each => each.name === name);
  if (agent) return agent.redact ?? config.redactTranscripts;
  return config.redactTranscripts || all.some(each => each.redact);
}
