import type { IncomingHttpHeaders, Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * What can go wrong at a provider.
 *
 * - `refuse`: the connection is reset before an answer.
 * - `wrongKey`, `throttle` (with Retry-After of `ms`), `serverError`: the answer is 401 or 403, 429, 5xx.
 * - `stallBefore`: nothing for `ms` before the first output. `stallAfter`: nothing for `ms` after `afterEvents` outputs.
 * - `drip`: `ms` between outputs.
 * - `cut`: the connection breaks after `afterEvents` outputs.
 * - `malformed`: the output after `afterEvents` is one that nobody can read.
 */
export type FaultKind =
  | 'throttle'
  | 'serverError'
  | 'stallBefore'
  | 'stallAfter'
  | 'drip'
  | 'cut'
  | 'malformed'
  | 'wrongKey'
  | 'refuse';

export interface Fault {
  kind: FaultKind;
  /** Outputs (events, frames, chunks) that come through before the fault strikes. Default 0. */
  afterEvents?: number;
  /** Length of the delay. Default: a stall lasts until the client goes away; others as the emulator says. */
  ms?: number;
  /** Strikes requests only whose path begins so. Default: any. */
  path?: string;
  /** Strikes requests of this method only; `GET` for a WebSocket. Default: any. */
  method?: string;
}

export interface RecordedRequest {
  /** `GET` for a WebSocket. */
  method: string;
  path: string;
  query: URLSearchParams;
  /** Names in lower case; the values of secrets are `[secret]`. */
  headers: Readonly<Record<string, string>>;
  /** JSON where it is JSON, else text; null where there is none. */
  body: unknown;
  /** What came over a WebSocket, in order: JSON where it is JSON, audio as its bytes. */
  messages: unknown[];
}

/** A provider's real wire protocol on a loopback port, with faults to order. */
export interface Emulator {
  readonly name: string;
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
  /** One for each request to come; the first that fits its path is taken. */
  readonly nextFaults: Fault[];
  /** Strikes every request that takes none of `nextFaults`, until set to null. */
  standingFault: Fault | null;
  close(): Promise<void>;
}

/** The fault that strikes a request for `path`. Takes it off the queue. */
export function takeFault(
  emulator: Pick<Emulator, 'nextFaults' | 'standingFault'>,
  path: string,
  method?: string,
) {
  const fits = (fault: Fault) =>
    path.startsWith(fault.path ?? '') && (fault.method === undefined || fault.method === method);
  const index = emulator.nextFaults.findIndex(fits);
  if (index >= 0) return emulator.nextFaults.splice(index, 1)[0] ?? null;
  return emulator.standingFault && fits(emulator.standingFault) ? emulator.standingFault : null;
}

const secretHeaders = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'x-api-key',
  'api-key',
  'ocp-apim-subscription-key',
  'x-amz-security-token',
  'xi-api-key',
]);

/** Headers that may be kept: secrets masked, lists joined. */
export function withoutSecrets(headers: IncomingHttpHeaders): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || name.startsWith(':')) continue;
    kept[name] = secretHeaders.has(name) ? '[secret]' : Array.isArray(value) ? value.join(', ') : value;
  }
  return kept;
}

/** JSON where it is JSON, else the text itself; null for none. */
export function readBody(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Listens on a free loopback port and says where. */
export async function listenOnLoopback(server: Pick<Server, 'listen' | 'address' | 'once'>): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
