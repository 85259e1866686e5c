import { CallTakenOver } from '../../runtime/journal.ts';

/**
 * One time that a call was this store's, from its beginning or a claim until it was lost. Whoever asked for a write in an earlier
 * one knows of an earlier life of the call, and must not write into a later one.
 */
export interface Tenure {
  /** Fencing token: the epoch of the call's row meanwhile. A write with another is refused. Null until the row is written. */
  epoch: number | null;
}

/** The calls that a store owns. */
export class OwnedCalls {
  readonly #tenures = new Map<string, Tenure>();

  /** Also of a call that is to be begun. */
  tenureOf(callId: string): Tenure | null {
    return this.#tenures.get(callId) ?? null;
  }

  /** Throws CallTakenOver when the tenure is over, or has not begun. */
  epochIn(callId: string, tenure: Tenure | null): number {
    if (tenure === null || tenure.epoch === null || this.#tenures.get(callId) !== tenure)
      throw new CallTakenOver(callId);
    return tenure.epoch;
  }

  /** The call is to be begun, however long that takes: nobody is to look after it meanwhile. */
  expect(callId: string): Tenure {
    const tenure = this.#tenures.get(callId) ?? { epoch: null };
    this.#tenures.set(callId, tenure);
    return tenure;
  }

  /** It was claimed: whatever was known of it here before is of another life. */
  claim(callId: string, epoch: number): Tenure {
    const tenure = { epoch };
    this.#tenures.set(callId, tenure);
    return tenure;
  }

  /** Does nothing about a tenure that is over, when the call has been claimed again since. Without `tenure`: about the present one. */
  lose(callId: string, tenure?: Tenure | null): void {
    if (tenure === undefined || this.#tenures.get(callId) === tenure) this.#tenures.delete(callId);
  }

  /** Those that are looked after here. A row may name this store and be none of them: then nobody heard that it was claimed. */
  ids(): string[] {
    return [...this.#tenures.keys()];
  }

  /** Those whose rows are written. */
  written(): ReadonlyMap<string, Tenure> {
    return new Map([...this.#tenures].filter(([, { epoch }]) => epoch !== null));
  }
}
