import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { HttpRequest, HttpResponse, HttpRoute } from '../../runtime/cloud/transport.ts';
import type { ApiAccess } from '../api/access.ts';
import { readBody } from '../api/json-body.ts';
import { errorResponse, jsonResponse } from '../api/json-response.ts';
import { originOf } from '../api/request-origin.ts';
import { FlowFileError } from '../flows/flow-file.ts';
import { type Flow, flowNames } from '../flows/flows.ts';
import type { FlowLibrary, ServedFlows } from '../flows/library.ts';
import { isLanguageTag } from '../settings.ts';
import { socketUrl } from '../telephony/public-url.ts';
import type { CallWishes, ExpectedCall, Reception } from '../telephony/reception.ts';
import type { CallDesk } from '../telephony/routes.ts';
import type { StreamDefaults } from '../telephony/webhook.ts';
import type { SoftphoneAnswer, SoftphoneChoices, SoftphoneNext } from './protocol.ts';

/** Where browsers bring their streams: they cannot sign as the carrier does. */
export const SOFTPHONE_PATH = '/api/softphone/media';

export interface SoftphoneAgent {
  name: string;
  flows: ServedFlows;
  language: string;
}

export interface SoftphoneOptions {
  access: ApiAccess;
  agents: readonly SoftphoneAgent[];
  /** Who answers where no agent is asked for. */
  agentForAnyone(): SoftphoneAgent;
  library: FlowLibrary;
  reception: Reception;
  desk: CallDesk;
  maxCalls: number;
  defaults: StreamDefaults;
  publicUrl: string | null;
  /** Where it listens. A function: a free port is known only once it does. */
  origin(): string;
  onError(error: unknown): void;
  /** Default: the system's random source. */
  random?: (sizeBytes: number) => Buffer;
}

/** Calls that are remembered as ours: only these may be taken up again in a browser. */
const MOST_REMEMBERED = 10_000;
const ACCOUNT_SID = `AC${'0'.repeat(32)}`;

const text = z.string().min(1).max(100);
const request = z.object({
  agent: text.optional(),
  flow: text.optional(),
  language: text.refine(isLanguageTag).optional(),
});
const resume = z.object({
  callSid: z.string().regex(/^CA[0-9a-f]{32}$/),
  dialStatus: z.enum(['completed', 'answered', 'busy', 'no-answer', 'failed', 'canceled']).optional(),
});

/** A telephone in the browser: calls are announced here as a carrier announces them by webhook. */
export function softphoneRoutes(options: SoftphoneOptions): HttpRoute[] {
  const { agents, library, reception, desk, defaults } = options;
  const random = options.random ?? randomBytes;
  const newSid = (prefix: string) => prefix + random(16).toString('hex');
  const placed = new Map<string, CallWishes>();

  async function choices(): Promise<HttpResponse> {
    const flows = await Promise.all(
      (await flowNames(library.folder)).map(async name => {
        // A flow that is being written may not load; it cannot be called then.
        const flow = await library.find(name).catch(() => null);
        if (!flow) return [];
        const { description = '' } = flow.machine.root;
        const isServed = library.names.includes(name);
        return [{ name, languages: flow.info.languages, isServed, description }];
      }),
    );
    const told: SoftphoneChoices = {
      flows: flows.flat(),
      agents: agents.map(({ name, flows: served, language }) => ({
        name,
        flow: served.choose(name).name,
        language,
      })),
    };
    return jsonResponse(200, told);
  }

  async function place(asked: HttpRequest): Promise<HttpResponse> {
    const read = readBody(asked, request, '{"agent"?, "flow"?, "language"?}: names, and a BCP-47 tag');
    if ('refuse' in read) return read.refuse;
    if (desk.draining) return errorResponse(503, 'The server takes no new calls: it is being stopped.');
    if (desk.liveCalls + reception.waitingCalls >= options.maxCalls)
      return errorResponse(503, 'All lines are busy (MAX_CALLS). Try again later.');

    const { agent: agentName, flow: flowName, language } = read.body;
    const agent =
      agentName === undefined ? options.agentForAnyone() : agents.find(({ name }) => name === agentName);
    if (!agent)
      return unknown(
        'agent',
        agents.map(({ name }) => name),
      );
    const callSid = newSid('CA');
    const flow = flowName === undefined ? null : await library.find(flowName);
    if (flowName !== undefined && !flow) return unknown('flow', await flowNames(library.folder));
    const { name, version } = flow ?? agent.flows.choose(callSid);
    const wishes: CallWishes = {
      agent: agent.name,
      flow: name,
      flowVersion: version,
      language: language ?? languageFor(agent, flow),
    };
    placed.set(callSid, wishes);
    const [eldest] = placed.keys();
    if (placed.size > MOST_REMEMBERED && eldest !== undefined) placed.delete(eldest);
    return jsonResponse(200, announce(asked, callSid, wishes, false));
  }

  async function goOn(asked: HttpRequest): Promise<HttpResponse> {
    const read = readBody(asked, resume, '{"callSid", "dialStatus"?}');
    if ('refuse' in read) return read.refuse;
    const { callSid, dialStatus } = read.body;
    const wishes = placed.get(callSid);
    if (!wishes) return errorResponse(404, 'No call with this callSid was placed from a browser.');
    if (dialStatus) {
      await desk.onDialed(callSid, dialStatus);
      if (dialStatus === 'completed' || dialStatus === 'answered') return told({ next: 'hangUp' });
    }
    const after = await desk.afterStream(callSid);
    if (after.next === 'hangUp' || after.next === 'apologise') return told({ next: 'hangUp' });
    if (after.next === 'dial' && !dialStatus) return told(after);
    return told({ next: 'connect', stream: announce(asked, callSid, wishes, true) });
  }

  function announce(
    asked: HttpRequest,
    callSid: string,
    wishes: CallWishes,
    isResumed: boolean,
  ): SoftphoneAnswer {
    const parameters = {
      edge_region: defaults.edgeRegion,
      latency_target: String(defaults.latencyTargetMs),
      quality_mode: defaults.qualityMode,
    };
    const call: ExpectedCall = {
      callSid,
      accountSid: ACCOUNT_SID,
      from: 'client:softphone',
      to: `client:${wishes.agent}`,
      direction: 'inbound',
      callStatus: 'in-progress',
      parameters,
      resume: isResumed,
      carrier: 'browser',
      acceptsText: true,
      wishes,
    };
    const token = reception.announce(call);
    return {
      url: socketUrl(originOf(asked, options.publicUrl, options.origin()), SOFTPHONE_PATH),
      token,
      accountSid: ACCOUNT_SID,
      callSid,
      streamSid: newSid('MZ'),
      parameters: { ...parameters, token },
      flow: wishes.flow,
      flowVersion: wishes.flowVersion,
      language: wishes.language,
    };
  }

  function route(
    method: HttpRoute['method'],
    path: string,
    answer: (request: HttpRequest) => Promise<HttpResponse>,
  ): HttpRoute {
    return {
      method,
      path,
      async handle(asked) {
        const refusal = options.access(asked);
        if (refusal) return refusal;
        return answer(asked).catch((error: unknown) => {
          if (error instanceof FlowFileError)
            return errorResponse(409, 'The flow cannot be loaded: run the check command on it.');
          options.onError(error);
          return errorResponse(503, 'No call can be placed at the moment. The log of the server says why.');
        });
      },
    };
  }

  return [
    route('GET', '/api/softphone', choices),
    route('POST', '/api/softphone', place),
    route('POST', '/api/softphone/resume', goOn),
  ];
}

/** That of the agent where the flow speaks it. */
function languageFor(agent: SoftphoneAgent, flow: Flow | null): string {
  const spoken = flow?.info.languages ?? [];
  const primary = agent.language.split('-')[0] ?? '';
  if (spoken.length === 0 || spoken.includes(primary)) return agent.language;
  return spoken[0] === 'en' ? 'en-US' : (spoken[0] ?? agent.language);
}

function told(next: SoftphoneNext): HttpResponse {
  return jsonResponse(200, next);
}

function unknown(what: string, names: readonly string[]): HttpResponse {
  return errorResponse(404, `There is no such ${what}; there are: ${names.join(', ') || 'none'}.`);
}
