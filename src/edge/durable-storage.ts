import type { DurableObjectStorage } from '@cloudflare/workers-types';
import type { EdgePlan, EdgeState, EdgeStorage, StoredCall } from '../../runtime/edge/edge-storage.ts';
import type { FrozenCall } from '../../runtime/frozen-call.ts';
import type { LogEntry } from '../../runtime/journal.ts';

const PLAN = 'plan';
const STATE = 'state';
const FROZEN = 'frozen';
const LOG = 'log:';
/** The agent's voice must not wait until its protocol is on a disk; nothing that leaves depends on it. */
const inTime = { allowUnconfirmed: true };

/**
 * One call in a Durable Object's storage. What decides who works on the call is certain before any message leaves that depends on it: the
 * platform holds those back. Log and snapshots may lag behind by a moment, as they do in the cloud.
 */
export class DurableStorage implements EdgeStorage {
  readonly #storage: DurableObjectStorage;
  /** The last entry that was written. */
  #seq = 0;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  async load(): Promise<StoredCall | null> {
    const all = await this.#storage.list();
    const plan = all.get(PLAN) as EdgePlan | undefined;
    const state = all.get(STATE) as EdgeState | undefined;
    if (!plan || !state) return null;
    const pieces = [...all]
      .filter(([key]) => key.startsWith(LOG))
      .sort(([one], [other]) => (one < other ? -1 : 1));
    const entries = pieces.flatMap(([, piece]) => piece as LogEntry[]);
    this.#seq = entries.at(-1)?.seq ?? 0;
    return { plan, state, frozen: (all.get(FROZEN) as FrozenCall | undefined) ?? null, entries };
  }

  async begin(plan: EdgePlan, state: EdgeState): Promise<void> {
    this.#seq = 0;
    await this.#storage.deleteAll();
    await this.#storage.put({ [PLAN]: plan, [STATE]: state });
  }

  keepState(state: EdgeState): Promise<void> {
    return this.#storage.put(STATE, state);
  }

  async append(entries: readonly LogEntry[]): Promise<void> {
    const fresh = entries.filter(({ seq }) => seq > this.#seq);
    const [first] = fresh;
    if (!first) return;
    this.#seq = fresh.at(-1)?.seq ?? this.#seq;
    await this.#storage.put(`${LOG}${String(first.seq).padStart(9, '0')}`, fresh, inTime);
  }

  saveSnapshot(frozen: FrozenCall): Promise<void> {
    return this.#storage.put(FROZEN, frozen, inTime);
  }

  async clear(): Promise<void> {
    // In this order: an object that is evicted in between is woken, and finds nothing. The other way round it would be kept for ever.
    await this.#storage.deleteAll();
    await this.#storage.deleteAlarm();
  }

  setAlarm(atMs: number): Promise<void> {
    return this.#storage.setAlarm(atMs);
  }
}
