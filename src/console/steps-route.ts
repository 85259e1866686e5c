import type { HttpRequest, HttpResponse, HttpRoute } from '../../runtime/cloud/transport.ts';
import type { ApiAccess } from '../api/access.ts';
import { errorResponse, jsonResponse } from '../api/json-response.ts';
import type { FeedOptions } from './call-feed.ts';
import type { StepsAnswer } from './protocol.ts';
import { wholeCall } from './whole-call.ts';

const MOST_STEPS = 2_000;

/** Every step of a call, live or recorded, in pieces where there are many. */
export function stepsRoute(
  access: ApiAccess,
  options: FeedOptions,
  onError: (error: unknown) => void,
): HttpRoute {
  async function answer({ params, query }: HttpRequest): Promise<HttpResponse> {
    const id = params.callSid ?? '';
    const after = new URLSearchParams(query).get('after');
    if (after !== null && !/^\d{1,9}$/.test(after))
      return errorResponse(400, 'after must be the seq of a step: a whole number from 0.');

    const call = /^[\w-]{8,64}$/.test(id) ? await wholeCall(id, options) : null;
    if (!call) return errorResponse(404, 'There is no such call. GET /api/calls lists those that are known.');
    const from = after === null ? 0 : call.steps.findIndex(({ seq }) => seq > Number(after));
    const steps = from < 0 ? [] : call.steps.slice(from, from + MOST_STEPS);
    const isAll = from < 0 || from + steps.length === call.steps.length;
    const told: StepsAnswer = {
      call: { ...call.opening, summary: call.summary },
      steps,
      next: isAll ? null : (steps.at(-1)?.seq ?? null),
    };
    return jsonResponse(200, told);
  }

  return {
    method: 'GET',
    path: '/api/calls/:callSid/steps',
    async handle(request) {
      const refusal = access(request);
      if (refusal) return refusal;
      return answer(request).catch((error: unknown) => {
        onError(error);
        return errorResponse(503, 'The call cannot be read at the moment. The log of the server says why.');
      });
    },
  };
}
