import { createServer } from 'node:net';

/** The server cannot listen. `PORT_IN_USE`: another process, or another server of ours, has the port. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  readonly code: 'PORT_IN_USE' | 'LISTEN_FAILED';

  constructor(host: string, port: number, cause: NodeJS.ErrnoException | null) {
    const inUse = cause?.code === 'EADDRINUSE';
    const reason = cause?.code ?? 'no reason given';
    super(
      inUse
        ? `Port ${port} on ${host} is in use. Stop the other server or choose another port.`
        : `Cannot listen on ${host} port ${port} (${reason}). Check the host, the port and the rights to it.`,
      { cause },
    );
    this.code = inUse ? 'PORT_IN_USE' : 'LISTEN_FAILED';
  }
}

/** Tries the same address with node's own server, to learn the reason that uWebSockets.js keeps to itself. */
export async function listenErrorAt(host: string, port: number): Promise<ListenError> {
  const cause = await new Promise<NodeJS.ErrnoException | null>(resolve => {
    const probe = createServer();
    probe.once('error', resolve);
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve(null)));
  });
  return new ListenError(host, port, cause);
}
