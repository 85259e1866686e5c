import { randomBytes, randomUUID } from 'node:crypto';
import { systemClock as clock } from '../../runtime/clock.ts';
import type { EdgePlan } from '../../runtime/edge/edge-storage.ts';
import { errorResponse, jsonResponse } from '../api/json-response.ts';
import { Regions } from '../regions/regions.ts';
import type { ExpectedCall } from '../telephony/reception.ts';
import { MEDIA_PATH } from '../telephony/routes.ts';
import { carrierAccess } from '../telephony/signature.ts';
import { EdgeAgents } from './agents.ts';
import { bundledAgent } from './bundled-agent.ts';
import { callDoor, callObject } from './call-door.ts';
import { Capacity } from './capacity-object.ts';
import { cloudClient } from './cloud-client.ts';
import { command } from './commands.ts';
import { toHttpRequest, toResponse } from './http-request.ts';
import { edgeLog as log } from './log.ts';
import { partiesOf, planCall } from './plan-call.ts';
import { type EdgeConfig, readEdgeConfig } from './settings.ts';
import { edgeWebhooks } from './webhooks.ts';
import type { EdgeEnv } from './workers.ts';

export { CallObject } from './call-object.ts';
export { CapacityObject } from './capacity-object.ts';

/** What the Worker has to do after it has answered. */
interface Context {
  waitUntil(work: Promise<unknown>): void;
}

/** The same for all requests that this instance of the Worker serves. */
interface Shared {
  config: EdgeConfig;
  regions: Regions;
}

let shared: Shared | null = null;

export default {
  async fetch(request: Request, env: EdgeEnv, context: Context): Promise<Response> {
    try {
      shared ??= share(env);
    } catch (error) {
      log.error({ err: error }, 'The Worker cannot start.');
      return toResponse(errorResponse(500, 'The Worker’s variables cannot be used; its log says which.'));
    }
    context.waitUntil(shared.regions.lookAtDue());
    return route(request, env, shared);
  },
};

function share(env: EdgeEnv): Shared {
  const config = readEdgeConfig(env);
  const regions = new Regions({
    urls: config.cloudRegions,
    own: null,
    clock,
    fetch: (url, init) => fetch(url, init),
  });
  return { config, regions };
}

async function route(request: Request, env: EdgeEnv, { config, regions }: Shared): Promise<Response> {
  const url = new URL(request.url);
  const access = carrierAccess({
    authToken: config.twilioAuthToken,
    publicUrl: config.publicUrl,
    onRefused: (reason, path) => log.warn({ reason, path }, 'Refused a request that is not the carrier’s.'),
  });

  if (request.headers.get('upgrade') === 'websocket') {
    const callSid = /^\/twilio\/media\/(CA[0-9a-fA-F]{32})$/.exec(url.pathname)?.[1];
    if (!callSid) return toResponse(errorResponse(404, `Streams of calls come to ${MEDIA_PATH}/CA….`));
    const refusal = access.authorizeUpgrade(await toHttpRequest(request));
    return refusal ? toResponse(refusal) : callObject(env, callSid).fetch(request);
  }

  const colo = placeOf(request);
  const webhooks = edgeWebhooks({
    access,
    accountSid: config.twilioAccountSid,
    defaults: config.defaults,
    origin: config.publicUrl ?? url.origin,
    plan: expected => plan(expected, { env, config, regions, colo }),
    call: callSid => callDoor(env, callSid),
    newToken: () => randomBytes(16).toString('base64url'),
    onError: error => log.error({ err: error }, 'A webhook could not be served.'),
  });
  if (request.method === 'POST' && webhooks.paths.includes(url.pathname))
    return toResponse(await webhooks.handle(await toHttpRequest(request)));

  if (request.method === 'GET' && url.pathname === '/health') return health(env, config, regions, colo);
  const commanded = await command(request, env, config);
  if (commanded) return commanded;
  return toResponse(errorResponse(404, 'There is nothing at this path.'));
}

async function plan(
  expected: ExpectedCall,
  { env, config, regions, colo }: { env: EdgeEnv; config: EdgeConfig; regions: Regions; colo: string },
): Promise<EdgePlan> {
  const node = `edge-${colo}`;
  const capacity = new Capacity(env.CAPACITY, node, config.slots);
  const counted = capacity.count().catch(() => capacity.latest);
  const country = expected.parameters.FromCountry ?? null;
  const anywhere = regions.choose({ country, colo, residency: null });
  const cloud = config.edgeSecret && 'url' in anywhere ? anywhere.url : null;
  const client = config.edgeSecret && cloudClient(config.edgeSecret);
  const agents = new EdgeAgents({
    cache: env.CACHE,
    clock,
    ask: client && cloud ? (number, signal) => client.agent(cloud, number, signal) : null,
    bundled: bundledAgent(config),
  });
  const found = await agents.find(partiesOf(expected).ours);
  const caller = { country, colo, residency: found.agent.residency };
  return planCall({
    expected,
    callId: randomUUID(),
    startedAt: clock.wallTime(),
    node,
    found,
    slots: await counted,
    region: regions.choose(caller),
    assessed: regions.assess(caller),
    config,
  });
}

async function health(env: EdgeEnv, config: EdgeConfig, regions: Regions, colo: string): Promise<Response> {
  const capacity = new Capacity(env.CAPACITY, `edge-${colo}`, config.slots);
  const { used, slots } = await capacity.count();
  const clouds = regions.views().filter(({ url }) => url !== null);
  return toResponse(
    jsonResponse(200, {
      status: 'ok',
      place: colo,
      calls: used,
      maxCalls: slots,
      regions: Object.fromEntries(clouds.map(({ name, health: { status } }) => [name, status])),
    }),
  );
}

/** Cloudflare's data centre, as `lhr`. */
function placeOf(request: Request): string {
  const { colo } = (request as { cf?: { colo?: string } }).cf ?? {};
  return (colo ?? 'local').toLowerCase();
}
