import { flowPartOf, ownerPartOf, type ReplyKey } from './reply-key.ts';
import type { ResponseStore } from './store.ts';

export interface MemoryStoreOptions {
  /** Replies of one company at most; the one that was not asked for longest makes room. */
  perOwner: number;
}

/**
 * In this process. Each company has a share of its own, so that none makes another's replies go. What is over its time stays
 * until it is replaced or makes room, so that whoever looks can tell a stale reply from none.
 */
export function openMemoryStore({ perOwner }: MemoryStoreOptions): ResponseStore {
  /** Within an owner, in the order of use. */
  const owners = new Map<string, Map<ReplyKey, string>>();

  return {
    name: 'memory',

    async get(key) {
      const share = owners.get(ownerPartOf(key));
      const value = share?.get(key);
      if (!share || value === undefined) return null;
      share.delete(key);
      share.set(key, value);
      return value;
    },

    async set(key, value) {
      const owner = ownerPartOf(key);
      const share = owners.get(owner) ?? new Map<ReplyKey, string>();
      owners.set(owner, share);
      share.delete(key);
      share.set(key, value);
      const [oldest] = share.keys();
      if (share.size > perOwner && oldest !== undefined) share.delete(oldest);
    },

    async forget(flowPart) {
      for (const share of owners.values())
        for (const key of [...share.keys()]) if (flowPartOf(key) === flowPart) share.delete(key);
    },

    async close() {
      owners.clear();
    },
  };
}
