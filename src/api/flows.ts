import type { Call } from '../../runtime/call.ts';
import type { HttpRequest, HttpResponse, HttpRoute } from '../../runtime/cloud/transport.ts';
import type { ResultsQuery, VersionResult } from '../flows/results.ts';
import type { ApiAccess } from './access.ts';
import { errorResponse, jsonResponse } from './json-response.ts';

/** A flow as it is in force, or as its file has it when no caller is given it. */
export interface ServedFlow {
  name: string;
  /** Empty when its file holds no chart: GET /api/flows/:name says why. */
  version: string;
  languages: readonly string[];
  /** Agents that give it to callers, with its weight among their flows. */
  agents: readonly { name: string; weight: number }[];
  /** Calls that follow it now, by version and by the state that they are in. */
  live: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export interface FlowStatus {
  /** What is in force, with these calls counted by where they are. */
  inForce(calls: Iterable<Call>): Promise<readonly ServedFlow[]>;
  results(query: ResultsQuery): Promise<VersionResult[]>;
  /** The chart of a version that was ever in force, or null. */
  chart(name: string, version: string): Promise<object | null>;
}

export interface FlowRoutesOptions {
  access: ApiAccess;
  status: FlowStatus;
  /** Those that are live. */
  calls(): Iterable<Call>;
  /** Milliseconds since the Unix epoch. */
  now(): number;
  onError(error: unknown): void;
}

const DEFAULT_DAYS = 30;
const MAX_DAYS = 3_650;
const IS_NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const IS_VERSION = /^[\w.-]{1,64}$/;
const DAY_MS = 86_400_000;

/** Which flows are in force, and what became of the calls that followed each version. */
export function flowRoutes({ access, status, calls, now, onError }: FlowRoutesOptions): HttpRoute[] {
  async function answerResults(request: HttpRequest): Promise<HttpResponse> {
    const query = new URLSearchParams(request.query);
    const days = Number(query.get('days') ?? DEFAULT_DAYS);
    if (!(days > 0 && days <= MAX_DAYS))
      return errorResponse(400, `days must be a number above 0, and ${MAX_DAYS} at most.`);
    const found = await status.results({ flow: query.get('flow'), since: now() - days * DAY_MS });
    return jsonResponse(200, { results: found });
  }

  async function answerChart({ params }: HttpRequest): Promise<HttpResponse> {
    const { name = '', version = '' } = params;
    const chart = IS_NAME.test(name) && IS_VERSION.test(version) ? await status.chart(name, version) : null;
    return chart
      ? jsonResponse(200, { name, version, chart })
      : errorResponse(404, 'No such version of a flow was ever in force here.');
  }

  function route(path: string, answer: (request: HttpRequest) => Promise<HttpResponse>): HttpRoute {
    return {
      method: 'GET',
      path,
      async handle(request) {
        const refusal = access(request);
        if (refusal) return refusal;
        return answer(request).catch(error => {
          onError(error);
          return errorResponse(503, 'Flows cannot be read at the moment. The log of the server says why.');
        });
      },
    };
  }

  return [
    route('/api/flows', async () => jsonResponse(200, { flows: await status.inForce(calls()) })),
    route('/api/flows/results', answerResults),
    route('/api/flows/:name/versions/:version', answerChart),
  ];
}
