import type { HttpRequest, HttpResponse } from '../../runtime/cloud/transport.ts';

/** Sends a request to another node, under its own address. Rejects when nobody is there, or nobody answers in time. */
export type SendRequest = (origin: string, request: HttpRequest) => Promise<HttpResponse>;

/** Header of a request that another node has sent on, by its name: nobody sends it any further. */
export const SENT_ON_BY = 'x-aybiza-sent-on-by';

/** A node that has not answered by then is taken for dead; the caller hears nothing meanwhile. */
const TIMEOUT_MS = 1_500;

/** Over HTTP, as it came: a signature is over the public address and the body, which stay the same. */
export const sendRequest: SendRequest = async (origin, { method, path, query, headers, body }) => {
  const response = await fetch(`${origin}${path}${query && `?${query}`}`, {
    method,
    headers: kept(headers),
    body: new Uint8Array(body),
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const contentType = response.headers.get('content-type');
  return {
    status: response.status,
    headers: { ...(contentType && { 'content-type': contentType }), 'cache-control': 'no-store' },
    body: await response.text(),
  };
};

function kept(headers: HttpRequest['headers']): Record<string, string> {
  const names = ['content-type', 'x-twilio-signature', SENT_ON_BY];
  return Object.fromEntries(names.flatMap(name => (headers[name] ? [[name, headers[name]]] : [])));
}
