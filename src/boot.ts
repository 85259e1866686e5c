import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Providers } from '../runtime/call-host.ts';
import { systemClock } from '../runtime/clock.ts';
import { type Agent, loadAgents } from './agents.ts';
import { companyAdministration } from './companies/administration.ts';
import { openCompanyAccounts } from './companies/open.ts';
import type { Config } from './config.ts';
import { toAgentConfig } from './edge/agent-config.ts';
import { bringFlow } from './flows/bring-flow.ts';
import { FlowLibrary } from './flows/library.ts';
import { flowResults } from './flows/results.ts';
import { servedFlows } from './flows/served-flows.ts';
import { storedChart, storedFlow, storeFlow } from './flows/stored-versions.ts';
import { watchProductFlows } from './flows/watch-product.ts';
import { openResponseCache } from './language/cache/open.ts';
import type { ResponseCache } from './language/cache/response-cache.ts';
import { createLogger, type Logger } from './log.ts';
import { environmentSecrets } from './providers/bedrock/client.ts';
import { type AgentProviders, openAgentProviders } from './providers/open.ts';
import { Recordings } from './recordings/recordings.ts';
import { openRegions } from './regions/open.ts';
import { secretsIn } from './secret.ts';
import {
  type RunningServer,
  type ServedAgent,
  type ServedAgents,
  type ServerParts,
  startServer,
} from './server.ts';
import { openStorage, type Storage } from './storage/open.ts';

export interface BootOptions {
  /** Opening the parts takes seconds; this says what is being done. */
  onProgress(message: string): void;
  /** Puts edited flows in force while the server runs. */
  watch?: boolean;
  host?: ServerParts['host'];
}

/** A running product with everything it stands on. */
export interface Product {
  readonly server: RunningServer;
  readonly storage: Storage;
  readonly log: Logger;
  /** Lets calls finish, then closes all parts, in the order in which they stand on each other. */
  shutDown(options: { drain: boolean }): Promise<void>;
}

/** Opens storage, providers and server as the settings say. Closes what is open again when a later part fails. */
export async function boot(config: Config, { onProgress, watch, host }: BootOptions): Promise<Product> {
  const log = createLogger({
    level: config.logLevel,
    node: config.node,
    secrets: [...secretsIn(config), ...environmentSecrets(process.env)],
  });
  const opened: { close(): Promise<void> }[] = [];
  const closeAll = async () => {
    for (const part of opened.splice(0).reverse()) await part.close();
  };

  let server: RunningServer | null = null;
  let responses: ResponseCache | null = null;
  const running = () => {
    if (!server) throw new Error('The server is not running yet.');
    return server;
  };

  try {
    const agents = await loadAgents(config);
    const clock = systemClock;
    const storage = await openStorage({
      databaseUrl: config.databaseUrl?.reveal(),
      redisUrl: config.redisUrl?.reveal(),
      dataDir: config.dataDir,
      node: config.node,
      clock,
      log,
      onProgress,
    });
    opened.push(storage);
    const recordings = await Recordings.open({
      folder: join(config.dataDir, 'recordings'),
      clock,
      log,
      days: config.recordingDays,
      isRecorded: name => agents.all.find(agent => agent.name === name)?.record ?? config.recording,
    });
    opened.push(recordings);
    const flows = await FlowLibrary.open(
      config.flowsDir,
      agents.all.flatMap(agent => Object.keys(agent.flow)),
      flow => {
        void responses?.forgetFlow(flow.name);
        return storeFlow(storage.database, flow);
      },
    );
    const companies =
      config.companyMasterKey &&
      openCompanyAccounts({
        config,
        masterKey: config.companyMasterKey,
        agents: agents.all,
        database: storage.database,
        clock,
        log,
        startOf: callId => running().host.get(callId).start,
      });
    if (companies) opened.push(companies);
    responses = openResponseCache({
      config,
      clock,
      log,
      startOf: callId => running().host.get(callId).start,
      chartOf: (flow, version) => flows.version(flow, version),
      spentAhead: (callId, { cachedInputTokens: cachedTokens, ...usage }) =>
        companies?.spend(callId, { ...usage, cachedTokens, requestId: randomUUID() }),
    });
    if (responses) opened.push(responses);
    onProgress('Loading ears, voice and models');
    const providers = await openAgentProviders(
      { config, clock, log, random: Math.random, companies, responses },
      agents.all,
    );
    opened.push(providers);
    const regions = await openRegions({ config, agents, clock, log });
    opened.push(regions);
    const served = new Map(
      agents.all.map(agent => [agent.name, serve(agent, flows, providers)] as [string, ServedAgent]),
    );
    server = await startServer({
      config,
      clock,
      log,
      agents: {
        all: [...served.values()] as unknown as ServedAgents['all'],
        agentFor: number => served.get(agents.agentFor(number).name) as ServedAgent,
      },
      edgeAgentFor: number => toAgentConfig(agents.agentFor(number), flow => flows.inForce(flow).version),
      storage,
      bringFlow: start => bringFlow(start, { library: flows, database: storage.database, log }),
      recordings,
      regions,
      responses,
      companies: companyAdministration({
        database: storage.database,
        clock,
        keys: companies?.keys ?? null,
        management: companies?.management ?? null,
      }),
      flowStatus: {
        inForce: calls => servedFlows(flows, agents.all, calls),
        results: query => flowResults(storage.database, query),
        chart: (name, version) => storedChart(storage.database, name, version),
      },
      console: {
        library: flows,
        secrets: environmentSecrets(process.env),
        keptFlow: async (name, version, present) =>
          (await storedFlow(storage.database, name, version, present))?.machine ?? null,
      },
      host: {
        ...host,
        onCall(call) {
          companies?.watch(call);
          responses?.watch(call);
          host?.onCall?.(call);
        },
      },
    });
    opened.push(server);
    if (watch) opened.push(watchProductFlows({ library: flows, clock, log, onProgress }));

    return {
      server: running(),
      storage,
      log,
      async shutDown({ drain }) {
        if (drain) await running().drain();
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

function serve(agent: Agent, library: FlowLibrary, { of }: AgentProviders): ServedAgent {
  const { name, voice, language, transferNumber } = agent;
  // Providers were opened for every agent.
  const providers = of.get(name) as Providers;
  const { redact, residency, stt, tts } = agent;
  const parties = { recognition: stt, synthesis: tts };
  const flows = library.serve(() => agent.flow);
  return { name, voice, language, transferNumber, flows, providers, parties, redact, residency };
}
