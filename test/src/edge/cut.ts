import { connect, createServer, type Socket } from 'node:net';

/** A way to a server that can be cut: from then on the server is alive, and nobody reaches it. */
export interface Cable {
  readonly url: string;
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

export async function layCable(to: string): Promise<Cable> {
  const { port } = new URL(to);
  const open = new Set<Socket>();
  let isCut = false;
  const server = createServer(near => {
    if (isCut) {
      near.destroy();
      return;
    }
    near.on('error', () => {});
    reach(Number(port), far => {
      for (const end of [near, far]) {
        open.add(end);
        end.setNoDelay(true);
        end.on('error', () => {});
        end.once('close', () => open.delete(end));
      }
      near.pipe(far).pipe(near);
      near.once('close', () => far.destroy());
      far.once('close', () => near.destroy());
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    isCut = true;
    for (const end of open) end.destroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    cut,
    mend() {
      isCut = false;
    },
    async close() {
      cut();
      await new Promise<void>(resolve => server.close(() => resolve()));
    },
  };
}

/** A server that is just being restarted is waited for. */
function reach(port: number, reached: (far: Socket) => void): void {
  const far = connect(port, '127.0.0.1', () => reached(far));
  far.once('error', () => {
    if (far.connecting || far.pending) setTimeout(() => reach(port, reached), 20);
  });
}
