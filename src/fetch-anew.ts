/** As undici and Node call a connection that is closed while a request is on its way. */
const CLOSED: readonly unknown[] = ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'];

/**
 * fetch, and once more when the connection was closed before an answer came. One that was kept open may be closed by its other
 * side just when it is used again, and the sooner the busier that side is: nothing is wrong with the server. Only for requests
 * that may be made twice.
 */
export async function fetchAnew(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (!CLOSED.includes(((error as Error).cause as { code?: unknown } | undefined)?.code)) throw error;
    return fetch(url, init);
  }
}
