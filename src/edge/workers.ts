import type {
  DurableObjectNamespace,
  KVNamespace,
  WebSocket as WorkersSocket,
} from '@cloudflare/workers-types';

/** What the Worker is bound to; beside these, its variables and secrets are in it as texts. */
export interface EdgeEnv {
  /** One object for each call, by the carrier's id of it. */
  CALLS: DurableObjectNamespace;
  /** One object for each place that calls come in at. */
  CAPACITY: DurableObjectNamespace;
  CACHE: KVNamespace;
  [variable: string]: unknown;
}

interface WorkersGlobals {
  WebSocketPair: new () => { 0: WorkersSocket; 1: WorkersSocket };
}

/** Two ends of one socket: the first goes with the answer to the upgrade. */
export function socketPair(): [theirs: WorkersSocket, ours: WorkersSocket] {
  const pair = new (globalThis as unknown as WorkersGlobals).WebSocketPair();
  return [pair[0], pair[1]];
}

/** Accepts an upgrade. */
export function switchProtocols(webSocket: WorkersSocket): Response {
  return new Response(null, { status: 101, webSocket } as ResponseInit);
}
