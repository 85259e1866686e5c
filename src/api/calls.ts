import type { HttpRequest, HttpResponse, HttpRoute } from '../../runtime/cloud/transport.ts';
import type { ApiAccess } from './access.ts';
import type { CallDirectory } from './call-directory.ts';
import { errorResponse, jsonResponse } from './json-response.ts';

export interface CallRoutesOptions {
  access: ApiAccess;
  calls: CallDirectory;
  /** The directory failed. The client gets a 503 without the cause. */
  onError: (error: unknown) => void;
}

const DEFAULT_CALLS = 50;
const MAX_CALLS = 200;
const DEFAULT_EVENTS = 1_000;
const MAX_EVENTS = 5_000;

/** Read access to calls. Answers are `{calls, next}`, a call, and `{events, next}`; `next` is null at the end. */
export function callRoutes({ access, calls, onError }: CallRoutesOptions): HttpRoute[] {
  async function list(request: HttpRequest): Promise<HttpResponse> {
    const query = new URLSearchParams(request.query);
    const limit = wholeNumber(query.get('limit'), 1, MAX_CALLS, DEFAULT_CALLS);
    const before = query.get('before');
    if (limit === null) return errorResponse(400, `limit must be a whole number from 1 to ${MAX_CALLS}.`);
    if (before !== null && !/^[\w-]{1,64}$/.test(before))
      return errorResponse(400, 'before must be the `next` of an earlier answer.');

    // One more than asked for tells whether there is a next page.
    const found = await calls.list({ limit: limit + 1, before });
    const page = found.slice(0, limit);
    return jsonResponse(200, { calls: page, next: found.length > limit ? page.at(-1)!.callId : null });
  }

  async function find(request: HttpRequest): Promise<HttpResponse> {
    const call = await calls.find(request.params.callSid ?? '');
    return call ? jsonResponse(200, call) : notFound();
  }

  async function events(request: HttpRequest): Promise<HttpResponse> {
    const query = new URLSearchParams(request.query);
    const limit = wholeNumber(query.get('limit'), 1, MAX_EVENTS, DEFAULT_EVENTS);
    const after = wholeNumber(query.get('after'), 0, Number.MAX_SAFE_INTEGER, -1);
    if (limit === null) return errorResponse(400, `limit must be a whole number from 1 to ${MAX_EVENTS}.`);
    if (after === null)
      return errorResponse(400, 'after must be the seq of an event: a whole number from 0.');

    const found = await calls.events(request.params.callSid ?? '', { limit: limit + 1, after });
    if (!found) return notFound();

    const page = found.slice(0, limit);
    return jsonResponse(200, { events: page, next: found.length > limit ? page.at(-1)!.seq : null });
  }

  function route(path: string, answer: (request: HttpRequest) => Promise<HttpResponse>): HttpRoute {
    return {
      method: 'GET',
      path,
      async handle(request) {
        const refusal = access(request);
        if (refusal) return refusal;
        if (path.includes(':callSid') && !isCall(request.params.callSid)) return notFound();

        try {
          return await answer(request);
        } catch (error) {
          onError(error);
          return errorResponse(
            503,
            'Calls cannot be read at the moment. Try again; the log of the server says why.',
          );
        }
      },
    };
  }

  return [
    route('/api/calls', list),
    route('/api/calls/:callSid', find),
    route('/api/calls/:callSid/events', events),
  ];
}

/** The fallback without a text, null for one that is not a whole number in bounds. */
function wholeNumber(text: string | null, from: number, to: number, fallback: number): number | null {
  if (text === null) return fallback;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  return value >= from && value <= to ? value : null;
}

/** The carrier's SID, or our own id. */
function isCall(id: string | undefined): boolean {
  return /^(CA[0-9a-fA-F]{32}|[\w-]{8,64})$/.test(id ?? '');
}

function notFound(): HttpResponse {
  return errorResponse(404, 'There is no such call. GET /api/calls lists those that are known.');
}
