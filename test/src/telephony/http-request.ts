import twilio from 'twilio';
import type { HttpRequest } from '../../../runtime/cloud/transport.ts';

/** A request as the transport would hand it to a route: from this machine, without a body, unless told otherwise. */
export function httpRequest(
  request: Partial<Omit<HttpRequest, 'body'>> & { body?: string } = {},
): HttpRequest {
  const { body = '', ...rest } = request;
  return {
    method: 'GET',
    path: '/',
    params: {},
    query: '',
    headers: { host: '127.0.0.1:8080' },
    remoteAddress: '127.0.0.1',
    ...rest,
    body: Buffer.from(body),
  };
}

export interface FormOptions {
  query?: string;
  headers?: Record<string, string>;
  remoteAddress?: string;
}

/** A form POST. `fields` may repeat a key by an array. */
export function formRequest(
  path: string,
  fields: Record<string, string | string[]>,
  options: FormOptions = {},
): HttpRequest {
  const pairs = Object.entries(fields).flatMap(([name, value]) =>
    [value].flat().map((one): [string, string] => [name, one]),
  );
  const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8', ...options.headers };
  return httpRequest({
    method: 'POST',
    path,
    query: options.query ?? '',
    headers,
    body: new URLSearchParams(pairs).toString(),
    remoteAddress: options.remoteAddress ?? '127.0.0.1',
  });
}

/** The header that Twilio would send, over `url` exactly as given. */
export function signedHeaders(
  authToken: string,
  url: string,
  fields: Record<string, unknown> = {},
): Record<string, string> {
  return { 'x-twilio-signature': twilio.getExpectedTwilioSignature(authToken, url, fields) };
}
