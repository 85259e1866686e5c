import type { SimulatedClock } from '../../runtime/clock.ts';
import type { EdgePlan, EdgeState, EdgeStorage, StoredCall } from '../../runtime/edge/edge-storage.ts';
import type { FrozenCall } from '../../runtime/frozen-call.ts';
import type { LogEntry } from '../../runtime/journal.ts';

type Write = (call: Kept) => void;

interface Kept {
  plan: EdgePlan | null;
  state: EdgeState | null;
  frozen: FrozenCall | null;
  entries: LogEntry[];
}

const nothing = (): Kept => ({ plan: null, state: null, frozen: null, entries: [] });

/**
 * What a Durable Object keeps of one call, beyond the lives of the object. Who works on the call is certain before any message
 * leaves, as the platform's gates see to; log and snapshots reach the disk a little later, and are lost with the object until then.
 */
export class ObjectStorage implements EdgeStorage {
  alarmAtMs: number | null = null;
  readonly #clock: SimulatedClock;
  readonly #delayMs: () => number;
  #onDisk = nothing();
  #inMemory = nothing();
  #unwritten: Write[] = [];
  #isWriting = false;
  readonly #alarmSet: () => void;

  constructor(clock: SimulatedClock, delayMs: () => number, alarmSet: () => void) {
    this.#clock = clock;
    this.#delayMs = delayMs;
    this.#alarmSet = alarmSet;
  }

  /** Nothing is kept any more, or nothing ever was. */
  get isEmpty(): boolean {
    return this.#onDisk.plan === null;
  }

  /** The latest record of the call that the object has, for whoever looks from outside. */
  get isOpen(): boolean {
    return this.#onDisk.state !== null && this.#onDisk.state.stage !== 'over';
  }

  /** The object is gone, and with it what it had not written. */
  crash(): void {
    this.#unwritten = [];
    this.#inMemory = { ...this.#onDisk, entries: [...this.#onDisk.entries] };
  }

  async load(): Promise<StoredCall | null> {
    const { plan, state, frozen, entries } = this.#inMemory;
    return plan && state ? JSON.parse(JSON.stringify({ plan, state, frozen, entries })) : null;
  }

  async begin(plan: EdgePlan, state: EdgeState): Promise<void> {
    this.#writeNow(call => Object.assign(call, nothing(), { plan, state }));
  }

  async keepState(state: EdgeState): Promise<void> {
    this.#writeNow(call => {
      call.state = state;
    });
  }

  async append(entries: readonly LogEntry[]): Promise<void> {
    this.#writeSoon(call => {
      const last = call.entries.at(-1)?.seq ?? 0;
      call.entries.push(...entries.filter(({ seq }) => seq > last));
    });
  }

  async saveSnapshot(frozen: FrozenCall): Promise<void> {
    this.#writeSoon(call => {
      call.frozen = frozen;
    });
  }

  async forgetCall(): Promise<void> {
    this.#writeSoon(call => {
      call.frozen = null;
      call.entries = [];
    });
  }

  async clear(): Promise<void> {
    this.alarmAtMs = null;
    this.#writeNow(call => Object.assign(call, nothing()));
  }

  async setAlarm(atMs: number): Promise<void> {
    this.alarmAtMs = atMs;
    this.#alarmSet();
  }

  /** Together with all that was written before. */
  #writeNow(write: Write): void {
    this.#flush();
    write(this.#onDisk);
    write(this.#inMemory);
  }

  #writeSoon(write: Write): void {
    write(this.#inMemory);
    this.#unwritten.push(write);
    if (this.#isWriting) return;
    this.#isWriting = true;
    this.#clock.setTimeout(() => {
      this.#isWriting = false;
      this.#flush();
    }, this.#delayMs());
  }

  #flush(): void {
    for (const write of this.#unwritten.splice(0)) write(this.#onDisk);
  }
}
