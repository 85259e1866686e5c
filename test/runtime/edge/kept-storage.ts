import type { EdgePlan, EdgeState, EdgeStorage, StoredCall } from '../../../runtime/edge/edge-storage.ts';
import type { FrozenCall } from '../../../runtime/frozen-call.ts';
import type { LogEntry } from '../../../runtime/journal.ts';

/** An object's storage that outlives the object, as a disk does: what comes out is never what went in. */
export class KeptStorage implements EdgeStorage {
  alarmAtMs: number | null = null;
  #kept: StoredCall | null = null;

  async load(): Promise<StoredCall | null> {
    return copy(this.#kept);
  }

  async begin(plan: EdgePlan, state: EdgeState): Promise<void> {
    this.#kept = copy({ plan, state, frozen: null, entries: [] });
  }

  async keepState(state: EdgeState): Promise<void> {
    if (this.#kept) this.#kept = { ...this.#kept, state: copy(state) };
  }

  async append(entries: readonly LogEntry[]): Promise<void> {
    if (!this.#kept) return;
    const last = this.#kept.entries.at(-1)?.seq ?? 0;
    const fresh = entries.filter(({ seq }) => seq > last);
    this.#kept = { ...this.#kept, entries: [...this.#kept.entries, ...copy(fresh)] };
  }

  async saveSnapshot(frozen: FrozenCall): Promise<void> {
    if (this.#kept) this.#kept = { ...this.#kept, frozen: copy(frozen) };
  }

  async clear(): Promise<void> {
    this.#kept = null;
    this.alarmAtMs = null;
  }

  async setAlarm(atMs: number): Promise<void> {
    this.alarmAtMs = atMs;
  }
}

function copy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
