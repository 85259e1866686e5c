import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../../runtime/clock.ts';

export interface SessionsOptions {
  clock: Clock;
  /** A session that nobody uses for so long is over. Default 12 hours. */
  idleMs?: number;
  /** Over it, the one that was used longest ago gives way. Default 1,000. */
  maxSessions?: number;
  /** Default: the system's random source. */
  random?: (sizeBytes: number) => Buffer;
}

const TOKEN_BYTES = 32;
const IDLE_MS = 12 * 3_600_000;

/** Browsers that have shown the key. Lives in this process alone: a restart logs everybody out. */
export class Sessions {
  readonly #options: SessionsOptions;
  /** When each was last used, by the hash of its token, the longest ago first. */
  readonly #lastUsedMs = new Map<string, number>();
  readonly #listeners = new Set<() => void>();

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /** A new session's token. */
  open(): string {
    const token = (this.#options.random ?? randomBytes)(TOKEN_BYTES).toString('base64url');
    this.#forgetIdle();
    const [eldest] = this.#lastUsedMs.keys();
    if (this.#lastUsedMs.size >= (this.#options.maxSessions ?? 1_000) && eldest !== undefined)
      this.#end(eldest);
    this.#lastUsedMs.set(hashOf(token), this.#options.clock.now());
    return token;
  }

  /** Whether the token is of a session; asking counts as use. */
  isOpen(token: string): boolean {
    this.#forgetIdle();
    const hash = hashOf(token);
    if (!this.#lastUsedMs.delete(hash)) return false;
    this.#lastUsedMs.set(hash, this.#options.clock.now());
    return true;
  }

  close(token: string): void {
    this.#end(hashOf(token));
  }

  /** Hears that some session is over. Returns how to stop. */
  onEnded(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #forgetIdle(): void {
    const oldestMs = this.#options.clock.now() - (this.#options.idleMs ?? IDLE_MS);
    for (const [hash, lastUsedMs] of this.#lastUsedMs) {
      if (lastUsedMs > oldestMs) return;
      this.#end(hash);
    }
  }

  #end(hash: string): void {
    if (!this.#lastUsedMs.delete(hash)) return;
    for (const listener of this.#listeners) listener();
  }
}

/** Looked up by hash, so that the time of a comparison tells nothing of a token. */
function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}
