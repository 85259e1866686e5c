/** The end of a channel between two threads: a `Worker` on one side, `parentPort` on the other. */
interface Port {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (message: RpcMessage) => void): unknown;
}

type RpcMessage =
  | { type: 'call'; id: number; method: string; args: unknown[] }
  | { type: 'result'; id: number; value: unknown }
  | { type: 'error'; id: number; error: Error };

// biome-ignore lint/suspicious/noExplicitAny: each method has its own parameters; both ends share one interface.
export type RpcMethods = Record<string, (...args: any[]) => unknown>;

export interface Rpc<Remote extends RpcMethods> {
  call<M extends keyof Remote & string>(
    method: M,
    ...args: Parameters<Remote[M]>
  ): Promise<Awaited<ReturnType<Remote[M]>>>;
  /** The other end is gone: every open and every later call fails with this error. */
  fail(error: Error): void;
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Lets two threads call each other's methods. Arguments and results are structured clones. */
export function connectRpc<Remote extends RpcMethods>(port: Port, methods: RpcMethods): Rpc<Remote> {
  const pending = new Map<number, Pending>();
  let lastId = 0;
  let failure: Error | null = null;

  async function answer(id: number, method: string, args: unknown[]): Promise<void> {
    try {
      const value = await methods[method]!(...args);
      port.postMessage({ type: 'result', id, value });
    } catch (error) {
      port.postMessage({ type: 'error', id, error: cloneable(error) });
    }
  }

  port.on('message', message => {
    if (message.type === 'call') {
      void answer(message.id, message.method, message.args);
      return;
    }
    const waiting = pending.get(message.id);
    pending.delete(message.id);
    if (message.type === 'result') waiting?.resolve(message.value);
    else waiting?.reject(message.error);
  });

  return {
    call: (method, ...args) =>
      new Promise((resolve, reject) => {
        if (failure) return reject(failure);
        const id = ++lastId;
        pending.set(id, { resolve: resolve as Pending['resolve'], reject });
        port.postMessage({ type: 'call', id, method, args });
      }),
    fail(error) {
      failure ??= error;
      for (const { reject } of pending.values()) reject(failure);
      pending.clear();
    },
  };
}

/** A structured clone keeps an error's message and stack alone; a database error also carries what the query was. */
function cloneable(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const copy = new Error(error.message);
  if (error.stack) copy.stack = error.stack;
  return copy;
}
