import type { AnyStateMachine } from 'xstate';
import { callMachine } from '../../machines/call.ts';
import type { Call } from '../../runtime/call.ts';
import type { HttpRequest, HttpResponse, HttpRoute } from '../../runtime/cloud/transport.ts';
import type { ApiAccess } from '../api/access.ts';
import { errorResponse, jsonResponse } from '../api/json-response.ts';
import { readChart, statesOf } from '../draw/chart-model.ts';
import type { Coverage } from '../draw/paint-coverage.ts';
import { FlowFileError } from '../flows/flow-file.ts';
import type { Flow } from '../flows/flows.ts';
import type { FlowLibrary } from '../flows/library.ts';
import type { ChartPictures } from './chart-pictures.ts';
import type { FlowStudies } from './flow-studies.ts';
import type { FlowAnswer, FlowStudy } from './protocol.ts';

export interface FlowPagesOptions {
  access: ApiAccess;
  library: FlowLibrary;
  studies: FlowStudies;
  pictures: ChartPictures;
  /** A version of an earlier day; null where it was not kept. */
  kept(name: string, version: string, present: AnyStateMachine | null): Promise<AnyStateMachine | null>;
  /** Those that are live. */
  calls(): Iterable<Call>;
  onError(error: unknown): void;
}

/** A picture may style itself, and nothing else. */
const PICTURE = {
  'cache-control': 'private, no-cache',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
};
const VERSION = /^[\w.-]{1,64}$/;

/** The charts as pictures, and what is known of a flow. */
export function flowPageRoutes(options: FlowPagesOptions): HttpRoute[] {
  const { library, studies, pictures } = options;

  async function callPicture(request: HttpRequest): Promise<HttpResponse> {
    return (await pictures.of('call', callMachine)).answer(request, PICTURE);
  }

  async function flowPicture(request: HttpRequest): Promise<HttpResponse> {
    const { file = '' } = request.params;
    const query = new URLSearchParams(request.query);
    const version = query.get('version');
    if (!file.endsWith('.svg')) return errorResponse(404, 'Pictures of flows end in .svg.');
    if (version !== null && !VERSION.test(version)) return errorResponse(400, 'version is none of a flow.');

    const name = file.slice(0, -'.svg'.length);
    const flow = await present(name);
    const chart = await chartOf(name, version, flow);
    if (!chart) return unknown();
    const isPainted = query.get('coverage') === '1';
    if (!isPainted)
      return (await pictures.of(`${name} ${chart.version}`, chart.machine)).answer(request, PICTURE);

    const study = flow && (await studies.of(flow));
    if (study?.version !== chart.version)
      return errorResponse(
        409,
        'Scenarios say nothing of this version: they are played with the file as it is.',
      );
    const coverage = hitsOf(study);
    const key = `${name} ${chart.version} ${JSON.stringify(coverage)}`;
    return (await pictures.of(key, chart.machine, coverage)).answer(request, PICTURE);
  }

  async function show(request: HttpRequest): Promise<HttpResponse> {
    const flow = await library.find(request.params.name ?? '');
    return flow ? jsonResponse(200, flowAnswer(flow, await studies.of(flow))) : unknown();
  }

  async function chartOf(name: string, version: string | null, flow: Flow | null) {
    if (flow && (version === null || version === flow.version)) return flow;
    if (version === null) return null;
    const machine =
      library.version(name, version) ?? (await options.kept(name, version, flow?.machine ?? null));
    return machine && { version, machine };
  }

  /** Null for a flow that is gone, or broken: an earlier version may still be drawn. */
  function present(name: string): Promise<Flow | null> {
    return library.find(name).catch((error: unknown) => {
      if (error instanceof FlowFileError) return null;
      throw error;
    });
  }

  function flowAnswer(flow: Flow, study: FlowStudy): FlowAnswer {
    const { name, version, info } = flow;
    const [root, ...states] = statesOf(readChart(flow.machine).root);
    const live = new Map<string, number>();
    for (const { start, flowState } of options.calls())
      if (start.flow === name && flowState !== null) live.set(flowState, (live.get(flowState) ?? 0) + 1);
    return {
      name,
      version,
      isServed: library.names.includes(name),
      languages: info.languages,
      states: states.map(({ id, description }) => {
        const path = id.slice((root?.id.length ?? 0) + 1);
        return { id, path, description, liveCalls: live.get(path) ?? 0 };
      }),
      facts: Object.fromEntries(
        Object.entries(info.facts).map(([fact, { description, type, personal }]) => [
          fact,
          { description, type, personal: personal ?? false },
        ]),
      ),
      study,
    };
  }

  function route(path: string, answer: (request: HttpRequest) => Promise<HttpResponse>): HttpRoute {
    return {
      method: 'GET',
      path,
      async handle(request) {
        const refusal = options.access(request);
        if (refusal) return refusal;
        return answer(request).catch((error: unknown) => {
          if (error instanceof FlowFileError)
            return errorResponse(409, 'The flow cannot be loaded: run the check command on it.');
          options.onError(error);
          return errorResponse(503, 'Flows cannot be shown at the moment. The log of the server says why.');
        });
      },
    };
  }

  return [
    route('/api/charts/call.svg', callPicture),
    route('/api/charts/flows/:file', flowPicture),
    route('/api/flows/:name', show),
  ];
}

function hitsOf({ coverage }: FlowStudy): Coverage {
  const byId = (parts: FlowStudy['coverage']['states']) =>
    Object.fromEntries(parts.map(({ id, hits }) => [id, hits]));
  return { states: byId(coverage.states), transitions: byId(coverage.transitions) };
}

function unknown(): HttpResponse {
  return errorResponse(
    404,
    'There is no such flow, or no such version of it. GET /api/flows lists those in force.',
  );
}
