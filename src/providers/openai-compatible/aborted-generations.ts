import type { OpenAI } from 'openai';
import type { Clock } from '../../../runtime/clock.ts';
import type { ProviderError } from '../../../runtime/provider-error.ts';
import type { ChatUsage } from '../../language/chat.ts';
import type { Secret } from '../../secret.ts';
import { toProviderError } from './failure.ts';
import { Watchdog } from './watchdog.ts';

/** Beyond it the oldest are forgotten: a bill is worth less than the memory of a server. */
const MAX_WAITING = 10_000;
const MAX_AUDITS = 20;
const TIMEOUT_MS = 5_000;

export interface Generation {
  /** As `gen-…`. */
  id: string;
  callId: string;
  apiKey: Secret;
}

export interface AbortedUsage {
  callId: string;
  generationId: string;
  model: string;
  /** A bill does not tell what was written to the cache, only what all came to. */
  usage: Omit<ChatUsage, 'cacheWriteInputTokens'>;
}

/** OpenRouter's answer, as far as it is read. */
interface Bill {
  model: string;
  total_cost: number;
  is_byok?: boolean;
  upstream_inference_cost?: number | null;
  native_tokens_prompt?: number | null;
  native_tokens_completion?: number | null;
  native_tokens_cached?: number | null;
  tokens_prompt?: number | null;
  tokens_completion?: number | null;
}

/** Keeps replies whose usage was never told, and asks for their bills: `GET /generation?id=…`. */
export function auditGenerations(client: OpenAI, clock: Clock) {
  const waiting = new Map<string, Generation & { audits: number }>();
  let last: Promise<unknown> = Promise.resolve();

  function add(generation: Generation): void {
    const [oldest] = waiting.keys();
    if (waiting.size >= MAX_WAITING && oldest !== undefined) waiting.delete(oldest);
    waiting.set(generation.id, { ...generation, audits: 0 });
  }

  /** One after the other: two that overlap would both tell of the same bill. */
  function audit(): Promise<AbortedUsage[]> {
    const next = last.then(auditAll);
    last = next;
    return next;
  }

  async function auditAll(): Promise<AbortedUsage[]> {
    const found: AbortedUsage[] = [];
    for (const generation of [...waiting.values()]) {
      const bill = await ask(generation);
      if ('fault' in bill) {
        // A provider that is down would keep every other question waiting, too.
        if (bill.fault === 'unavailable' || bill.fault === 'timeout' || bill.fault === 'throttled') break;
        generation.audits++;
        if (generation.audits >= MAX_AUDITS) waiting.delete(generation.id);
        continue;
      }
      waiting.delete(generation.id);
      found.push({
        callId: generation.callId,
        generationId: generation.id,
        model: bill.model,
        usage: toUsage(bill),
      });
    }
    return found;
  }

  async function ask({ id, apiKey }: Generation): Promise<Bill | ProviderError> {
    const connection = new AbortController();
    const watchdog = new Watchdog(clock, () => connection.abort());
    watchdog.watch(TIMEOUT_MS);
    try {
      const { data } = await client.get<{ data: Bill }>('/generation', {
        query: { id },
        signal: connection.signal,
        headers: { authorization: `Bearer ${apiKey.reveal()}` },
      });
      return data;
    } catch (error) {
      return toProviderError(error, { provider: 'openrouter', region: null }, clock);
    } finally {
      watchdog.rest();
    }
  }

  return { add, audit };
}

function toUsage(bill: Bill): AbortedUsage['usage'] {
  return {
    // Native tokens are what the upstream counts and bills.
    inputTokens: bill.native_tokens_prompt ?? bill.tokens_prompt ?? 0,
    outputTokens: bill.native_tokens_completion ?? bill.tokens_completion ?? 0,
    cachedInputTokens: bill.native_tokens_cached ?? 0,
    costUsd: bill.total_cost + (bill.is_byok ? (bill.upstream_inference_cost ?? 0) : 0),
  };
}
