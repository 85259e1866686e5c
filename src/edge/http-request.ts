import type { HttpRequest, HttpResponse } from '../../runtime/cloud/transport.ts';
import { isLoopbackHost } from '../loopback.ts';

/** Said by the platform of every request; they tell nothing of a proxy. */
const PLATFORM_HEADERS = ['cf-connecting-ip', 'x-forwarded-for', 'x-real-ip'];

/** A Worker's request in the form that the product's own servers have it in. */
export async function toHttpRequest(request: Request): Promise<HttpRequest> {
  const url = new URL(request.url);
  const headers = Object.fromEntries(request.headers);
  const callerAddress = headers['cf-connecting-ip'] ?? '';
  for (const name of PLATFORM_HEADERS) delete headers[name];
  return {
    method: request.method,
    path: url.pathname,
    params: {},
    query: url.search.slice(1),
    headers: { ...headers, host: url.host },
    body: Buffer.from(request.body ? await request.arrayBuffer() : new ArrayBuffer(0)),
    // Cloudflare finds a Worker by its host: what asks for loopback came from this machine.
    remoteAddress: isLoopbackHost(url.hostname) ? '127.0.0.1' : callerAddress,
  };
}

export function toResponse({ status, headers = {}, body }: HttpResponse): Response {
  return new Response(body === undefined ? null : (body as string), { status, headers });
}
