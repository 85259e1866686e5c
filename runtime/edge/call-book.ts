import type { Clock } from '../clock.ts';
import type { CallSummary } from '../journal.ts';
import type { EdgePlan, EdgeState, EdgeStorage, LeftBehind, StoredCall } from './edge-storage.ts';
import type { Afterwards } from './relay-messages.ts';

/** An object that was evicted with a call inside is woken so often. */
const BACKSTOP_MS = 30_000;
/** How long the carrier may ask what to do with a caller whose call is over. */
const LINGER_MS = 60_000;
const SOON_MS = 1_000;

/** What is known of a call, in memory and in storage alike, and when its object is to be woken next. */
export class CallBook {
  readonly #clock: Clock;
  readonly #storage: EdgeStorage;
  #plan: EdgePlan | null = null;
  #state: EdgeState | null = null;

  constructor(clock: Clock, storage: EdgeStorage) {
    this.#clock = clock;
    this.#storage = storage;
  }

  get plan(): EdgePlan | null {
    return this.#plan;
  }

  get state(): EdgeState | null {
    return this.#state;
  }

  /** Milliseconds since the Unix epoch. */
  get nowMs(): number {
    return this.#clock.wallTime();
  }

  isPast(atMs: number): boolean {
    return this.nowMs >= atMs;
  }

  /** What storage holds. */
  read(): Promise<StoredCall | null> {
    return this.#storage.load();
  }

  /** Takes up what an earlier life of the object knew. */
  async load(): Promise<StoredCall | null> {
    const stored = await this.read();
    this.#plan = stored?.plan ?? null;
    this.#state = stored?.state ?? null;
    return stored;
  }

  async begin(plan: EdgePlan, state: EdgeState): Promise<void> {
    this.#plan = plan;
    this.#state = state;
    await Promise.all([this.#storage.begin(plan, state), this.setAlarm()]);
  }

  /** In force at once; settles when it is certain. */
  async keep(state: EdgeState): Promise<void> {
    const isNewStage = state.stage !== this.#state?.stage;
    this.#state = state;
    // In one breath: nothing is kept of which no alarm reminds.
    await Promise.all([this.#storage.keepState(state), isNewStage && this.setAlarm()]);
  }

  /**
   * `archive`: the record that the cloud is to accept; where there is none, what is known here goes there in its own time.
   * `isFailure`: the caller has to be told.
   */
  over(
    after: Afterwards,
    { archive = null, isFailure = false }: { archive?: CallSummary | null; isFailure?: boolean } = {},
  ): Promise<void> {
    const forgetAtMs = this.nowMs + LINGER_MS;
    return this.keep({
      stage: 'over',
      expected: null,
      after,
      archive: archive ?? this.#leftBehind(),
      isFailure,
      tries: 0,
      nextTryMs: archive ? 0 : forgetAtMs,
      forgetAtMs,
    });
  }

  #leftBehind(): CallSummary | LeftBehind | null {
    const state = this.#state;
    if (state?.stage === 'over') return state.archive;
    if (state?.stage === 'cloud') return { leftWith: state.cloud };
    return state?.stage === 'here' ? { leftWith: null } : null;
  }

  async forget(): Promise<void> {
    this.#plan = null;
    this.#state = null;
    await this.#storage.clear();
  }

  /** For what is to be done next. */
  async setAlarm(): Promise<void> {
    if (this.#state)
      await this.#storage.setAlarm(Math.max(dueMs(this.#state, this.nowMs), this.nowMs + SOON_MS));
  }

  /** For an object that may not live to see the end of what it is doing. */
  async setBackstop(): Promise<void> {
    if (this.#state) await this.#storage.setAlarm(this.nowMs + BACKSTOP_MS);
  }
}

function dueMs(state: EdgeState, nowMs: number): number {
  switch (state.stage) {
    case 'expected':
      return state.expected?.untilMs ?? 0;
    case 'here':
    case 'cloud':
      return nowMs + BACKSTOP_MS;
    case 'over':
      return state.archive ? state.nextTryMs : state.forgetAtMs;
  }
}
