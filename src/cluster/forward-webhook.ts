import type { HttpRequest, HttpResponse } from '../../runtime/cloud/transport.ts';
import { fetchAnew } from '../fetch-anew.ts';
import { ROUTED_FROM } from '../telephony/call-routing.ts';
import { webhookUrl } from '../telephony/public-url.ts';
import { RESUME_PATH } from '../telephony/routes.ts';
import { sendOn } from '../telephony/twiml.ts';

/**
 * Sends a request to another node, under its own address. Rejects when nobody is there, and with NoAnswerInTime when nobody
 * answers within `timeoutMs`, which has a default.
 */
export type SendRequest = (origin: string, request: HttpRequest, timeoutMs?: number) => Promise<HttpResponse>;

/** The node may be dead, or may have much to do. */
export class NoAnswerInTime extends Error {
  override readonly name = 'NoAnswerInTime';
}

/** Header of a request that another node has sent on, by its name: nobody sends it any further. */
export const SENT_ON_BY = 'x-aybiza-sent-on-by';

/** A node that is well has mostly answered by then; the caller hears nothing meanwhile. */
const TIMEOUT_MS = 1_500;

/** Over HTTP, as it came: a signature is over the public address and the body, which stay the same. */
export const sendRequest: SendRequest = async (origin, request, timeoutMs = TIMEOUT_MS) => {
  try {
    return await send(origin, request, AbortSignal.timeout(timeoutMs));
  } catch (error) {
    if ((error as Error).name !== 'TimeoutError') throw error;
    throw new NoAnswerInTime(`${origin} did not answer within ${timeoutMs} ms.`, { cause: error });
  }
};

async function send(
  origin: string,
  { method, path, query, headers, body }: HttpRequest,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const response = await fetchAnew(`${origin}${path}${query && `?${query}`}`, {
    method,
    headers: kept(headers),
    body: new Uint8Array(body),
    redirect: 'manual',
    signal,
  });
  const contentType = response.headers.get('content-type');
  return {
    status: response.status,
    headers: { ...(contentType && { 'content-type': contentType }), 'cache-control': 'no-store' },
    body: await response.text(),
  };
}

/**
 * Has the carrier bring a caller back at another origin. Null for a webhook that is not asked there as it came here, and for one
 * that was redirected before. `by`: who sends it on.
 */
export function onOtherAddress(
  { path, query }: Pick<HttpRequest, 'path' | 'query'>,
  origin: string,
  by: string,
): HttpResponse | null {
  const wishes = new URLSearchParams(query);
  if (path !== RESUME_PATH || wishes.has(ROUTED_FROM)) return null;
  wishes.set(ROUTED_FROM, by);
  return {
    status: 200,
    headers: { 'content-type': 'text/xml; charset=utf-8', 'cache-control': 'no-store' },
    body: sendOn(webhookUrl(origin, `${path}?${wishes}`)),
  };
}

function kept(headers: HttpRequest['headers']): Record<string, string> {
  const names = ['content-type', 'x-twilio-signature', SENT_ON_BY];
  return Object.fromEntries(names.flatMap(name => (headers[name] ? [[name, headers[name]]] : [])));
}
