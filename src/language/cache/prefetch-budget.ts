export interface PrefetchLimits {
  /** Of what models are asked for callers of a company, so many more requests at most, in percent. 0: none. */
  sharePercent: number;
  /** A company's, in any minute. */
  perMinute: number;
}

/** Half of what was spent is forgotten in this time. */
const HALF_LIFE_MS = 10 * 60_000;
const MINUTE_MS = 60_000;
/** While models fail, callers alone are to ask them. */
const PAUSE_MS = 60_000;

interface Account {
  live: number;
  ahead: number;
  atMs: number;
  /** When the latest requests were made, oldest first. */
  latestMs: number[];
}

/** How much may be asked before callers do, company by company. */
export class PrefetchBudget {
  readonly #limits: PrefetchLimits;
  readonly #accounts = new Map<string, Account>();
  #pausedUntilMs = Number.NEGATIVE_INFINITY;

  constructor(limits: PrefetchLimits) {
    this.#limits = limits;
  }

  get isOpen(): boolean {
    return this.#limits.sharePercent > 0 && this.#limits.perMinute > 0;
  }

  /** A model was asked for a caller. */
  asked(owner: string, nowMs: number): void {
    this.#account(owner, nowMs).live++;
  }

  /** A model failed to answer what no caller has asked. */
  pause(nowMs: number): void {
    this.#pausedUntilMs = nowMs + PAUSE_MS;
  }

  /** Takes one request off the budget; false when there is none left. */
  spend(owner: string, nowMs: number): boolean {
    const { sharePercent, perMinute } = this.#limits;
    if (nowMs < this.#pausedUntilMs) return false;
    const account = this.#account(owner, nowMs);
    account.latestMs = account.latestMs.filter(atMs => nowMs - atMs < MINUTE_MS);
    if (account.latestMs.length >= perMinute) return false;
    if (account.ahead + 1 > (account.live * sharePercent) / 100) return false;
    account.ahead++;
    account.latestMs.push(nowMs);
    return true;
  }

  #account(owner: string, nowMs: number): Account {
    const account = this.#accounts.get(owner) ?? { live: 0, ahead: 0, atMs: nowMs, latestMs: [] };
    this.#accounts.set(owner, account);
    const fading = 2 ** (-(nowMs - account.atMs) / HALF_LIFE_MS);
    account.live *= fading;
    account.ahead *= fading;
    account.atMs = nowMs;
    return account;
  }
}
