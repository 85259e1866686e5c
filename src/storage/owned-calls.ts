import { CallTakenOver } from '../../runtime/journal.ts';

/**
 * The calls that a store owns, each with its fencing token: the epoch of the call's row at the time it was begun or
 * claimed. A write with another epoch than the row's is refused.
 */
export class OwnedCalls {
  readonly #epochs = new Map<string, number>();
  /** To be begun, however long that takes. */
  readonly #beginning = new Set<string>();

  get(callId: string): number | undefined {
    return this.#epochs.get(callId);
  }

  /** Also of a call that is to be begun. */
  has(callId: string): boolean {
    return this.#epochs.has(callId) || this.#beginning.has(callId);
  }

  /** Throws CallTakenOver when the call is not this store's, or not any more. */
  epochOf(callId: string): number {
    const epoch = this.#epochs.get(callId);
    if (epoch === undefined) throw new CallTakenOver(callId);
    return epoch;
  }

  /** Answers may come in another order than the claims were made: the latest claim counts. */
  /** It is to be ours: nobody is to look after it meanwhile. */
  expect(callId: string): void {
    this.#beginning.add(callId);
  }

  own(callId: string, epoch: number): void {
    this.#beginning.delete(callId);
    this.#epochs.set(callId, epoch);
  }

  /** With `epoch`, only if the call has not been claimed again since. */
  lose(callId: string, epoch?: number): void {
    if (epoch === undefined || this.#epochs.get(callId) === epoch) this.#epochs.delete(callId);
    this.#beginning.delete(callId);
  }

  /** Those that are looked after here. A row may name this store and be none of them: then nobody heard that it was claimed. */
  ids(): string[] {
    return [...this.#epochs.keys(), ...this.#beginning];
  }

  entries(): ReadonlyMap<string, number> {
    return new Map(this.#epochs);
  }
}
