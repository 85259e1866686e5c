import type { ReplyKey } from './reply-key.ts';

/**
 * Where replies are kept for some minutes. A store may forget anything at any time, and may still give what is over its time,
 * for a reply says itself how long it holds; what it gives must be what was set under that very key.
 */
export interface ResponseStore {
  /** For people, as `memory`, `redis`. */
  readonly name: string;
  get(key: ReplyKey): Promise<string | null>;
  set(key: ReplyKey, value: string, ttlMs: number): Promise<void>;
  /** Forgets what is kept of a flow, whoever's. `flowPart`: the middle of the keys. Without it replies live out their time. */
  forget?(flowPart: string): Promise<void>;
  close(): Promise<void>;
}
