import twilio from 'twilio';
import { fetchAnew } from '../fetch-anew.ts';
import type { ServerAddress } from './server-address.ts';

// Twilio waits this long for an answer (error 11205).
const WEBHOOK_TIMEOUT_MS = 15_000;

/** Nothing answers at the server's address. */
export class ServerUnreachable extends Error {
  override name = 'ServerUnreachable';
}

/** Twilio's side of the HTTP webhooks of one server, or of nodes that stand behind one address. */
export class Webhooks {
  readonly #addresses: readonly ServerAddress[];
  readonly #authToken: string | undefined;

  /** Where a node does not answer, the next is asked. Without an auth token nothing is signed. */
  constructor(addresses: readonly ServerAddress[], authToken?: string) {
    this.#addresses = addresses;
    this.#authToken = authToken;
  }

  /** POSTs a form to an address as the server knows it, signed; the answer's body. Throws unless it is 2xx. */
  async post(publicUrl: string, form: Record<string, string>): Promise<string> {
    const urls = [...new Set(this.#addresses.map(address => address.reachable(publicUrl)))];
    for (;;) {
      const url = urls.shift() as string;
      try {
        return await this.#postTo(url, publicUrl, form);
      } catch (error) {
        if (!(error instanceof ServerUnreachable) || urls.length === 0) throw error;
      }
    }
  }

  async #postTo(url: string, publicUrl: string, form: Record<string, string>): Promise<string> {
    const response = await this.#fetch(url, {
      method: 'POST',
      headers: this.signature(publicUrl, form),
      body: new URLSearchParams(form),
      signal: AbortSignal.timeout(WEBHOOK_TIMEOUT_MS),
    });
    const body = await response.text();
    if (response.ok) return body;

    const hint = response.status === 403 ? ' Is the auth token the same, and the public URL?' : '';
    throw new Error(`${new URL(url).pathname} answered HTTP ${response.status}.${hint}`);
  }

  /** The signature header of a request, or none without an auth token. */
  signature(publicUrl: string, form: Record<string, string>): Record<string, string> {
    if (this.#authToken === undefined) return {};
    return { 'x-twilio-signature': twilio.getExpectedTwilioSignature(this.#authToken, publicUrl, form) };
  }

  async #fetch(url: string, init: RequestInit): Promise<Response> {
    try {
      return await fetchAnew(url, init);
    } catch (cause) {
      if ((cause as Error).name === 'TimeoutError') {
        throw new Error(`${url} did not answer within ${WEBHOOK_TIMEOUT_MS / 1000} s.`, { cause });
      }
      throw new ServerUnreachable(`No server answers at ${new URL(url).origin}.`, { cause });
    }
  }
}
