import { isLoopbackHost } from '../loopback.ts';

/**
 * Where a server really is, and under which name it is known. Signatures are over the public name; connections go to
 * the real place.
 */
export class ServerAddress {
  readonly #server: URL;
  readonly #public: URL;
  readonly #publicIsKnown: boolean;

  /** Both are base addresses, `http:` or `https:`. Without `publicUrl` the server is known as what it is. */
  constructor(serverUrl: string, publicUrl?: string) {
    this.#server = requireHttp(serverUrl);
    this.#public = publicUrl === undefined ? this.#server : requireHttp(publicUrl);
    this.#publicIsKnown = publicUrl !== undefined;
  }

  /** A path of the server under its public name. */
  publicUrl(path: string): string {
    return new URL(path, this.#public).href;
  }

  /**
   * Where to connect for an address the server has given out. A server on this machine may know itself by a public
   * name that leads nowhere from here.
   */
  reachable(url: string): string {
    const target = new URL(url);
    if (!this.#isThisServer(target)) return url;

    const isSocket = target.protocol === 'ws:' || target.protocol === 'wss:';
    const isSecure = this.#server.protocol === 'https:';
    const scheme = isSocket ? (isSecure ? 'wss:' : 'ws:') : this.#server.protocol;
    return `${scheme}//${this.#server.host}${target.pathname}${target.search}`;
  }

  #isThisServer(target: URL): boolean {
    if (target.host === this.#public.host || target.host === this.#server.host) return true;

    const isLocal = isLoopbackHost(target.hostname);
    if (isLocal && isLoopbackHost(this.#server.hostname)) return target.port === this.#server.port;
    return !this.#publicIsKnown && !isLocal && isLoopbackHost(this.#server.hostname);
  }
}

function requireHttp(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new Error(
    `${JSON.stringify(address)} is no server address; it should look like http://127.0.0.1:8080.`,
  );
}
