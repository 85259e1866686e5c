import type { HttpResponse } from '../../runtime/cloud/transport.ts';

/** A JSON answer that no cache may keep. */
export function jsonResponse(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify(body),
  };
}

/** A refusal: `error` is a sentence that says what to do. */
export function errorResponse(
  status: number,
  error: string,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  return jsonResponse(status, { error }, headers);
}
