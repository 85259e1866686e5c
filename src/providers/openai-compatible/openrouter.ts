import { OpenAI } from 'openai';
import type { Clock } from '../../../runtime/clock.ts';
import { ProviderError } from '../../../runtime/provider-error.ts';
import type { ChatEvent, ChatProvider, ChatRequest } from '../../language/chat.ts';
import type { Secret } from '../../secret.ts';
import { type AbortedUsage, auditGenerations } from './aborted-generations.ts';
import { quietClient } from './client.ts';
import { keepConnections } from './keep-alive-fetch.ts';
import { type Body, toMessages, toTools } from './messages.ts';
import { type OpenRouterRouting, voiceRouting } from './openrouter-routing.ts';
import { streamChat } from './stream-chat.ts';
import { toOpenRouterReasoning } from './thinking.ts';

const BASE_URL = 'https://openrouter.ai/api/v1';
const NAME = 'openrouter';
/** OpenRouter's limit. */
const SESSION_ID_CHARACTERS = 256;

/** Who pays for a call. */
export interface Payer {
  apiKey: Secret;
  /** The company's id for its user, never the caller's number. */
  user: string | null;
}

export interface OpenRouterOptions {
  /** Pays for every call that `payerOf` says nothing of. */
  apiKey: Secret;
  clock: Clock;
  /** Default `https://openrouter.ai/api/v1`. */
  baseUrl?: string;
  /** The company's own key, asked for before each request. Null: `apiKey`. A ProviderError that it throws is passed on. */
  payerOf?(callId: string): Promise<Payer | null>;
  /** Models to go on with when the one asked for cannot answer, in this order. Default: none. */
  fallbackModels?: readonly string[];
  /** Over `voiceRouting`, field by field. */
  routing?: OpenRouterRouting;
  /**
   * What to ask of a model that need not think: `off`, `minimal`, or null for nothing, as for models that cannot think where
   * `require_parameters` would find no host. Default `off`.
   */
  thinkingWhenNone?: 'off' | 'minimal' | null;
  /** How this installation is named in OpenRouter's own statistics. Default: not at all. */
  app?: { title: string; url: string };
}

export interface OpenRouterChat extends ChatProvider {
  /**
   * What streams cost that ended before they told their usage: an aborted one is often billed to its end. A bill appears some
   * seconds later; until then it stays for the next audit, and after 20 of them it is given up. Never throws for one
   * reply's sake; the bills of those it could not ask for stay.
   */
  auditAborted(): Promise<AbortedUsage[]>;
}

/** All models behind OpenRouter. */
export function openOpenRouterChat(options: OpenRouterOptions): OpenRouterChat {
  const { apiKey, clock, baseUrl = BASE_URL, payerOf, app } = options;
  const connections = keepConnections();
  const client = new OpenAI({
    ...quietClient,
    baseURL: baseUrl,
    apiKey: apiKey.reveal(),
    fetch: connections.fetch,
    ...(app && { defaultHeaders: { 'http-referer': app.url, 'x-title': app.title } }),
  });
  const unpaid = auditGenerations(client, clock);

  async function askPayer(callId: string): Promise<Payer | null> {
    try {
      return (await payerOf?.(callId)) ?? null;
    } catch (error) {
      if (error instanceof ProviderError) throw error;
      throw new ProviderError('unknown', "the key of the call's company could not be read", {
        provider: NAME,
      });
    }
  }

  function stream(request: ChatRequest, signal: AbortSignal): AsyncIterable<ChatEvent> {
    let payer: Payer = { apiKey, user: null };
    async function prepare() {
      payer = (await askPayer(request.callId)) ?? payer;
      return {
        body: toOpenRouterBody(request, options, payer.user),
        headers: { authorization: `Bearer ${payer.apiKey.reveal()}` },
      };
    }
    function ended({ id, whole }: { id: string | null; whole: boolean }) {
      if (id && !whole) unpaid.add({ id, callId: request.callId, apiKey: payer.apiKey });
    }
    return streamChat({ client, clock, provider: NAME, prepare, ended }, request, signal);
  }

  return {
    name: NAME,
    stream,
    auditAborted: unpaid.audit,
    async close() {
      connections.close();
    },
  };
}

function toOpenRouterBody(request: ChatRequest, options: OpenRouterOptions, user: string | null): Body {
  const { model, tools, maxTokens, temperature, thinking, callId } = request;
  const { fallbackModels = [], routing, thinkingWhenNone = 'off' } = options;
  return {
    model,
    ...(fallbackModels.length > 0 && { models: [...new Set([model, ...fallbackModels])] }),
    messages: toMessages(request, { cacheMarks: true, reasoningDetails: true }),
    ...(tools.length > 0 && { tools: toTools(tools) }),
    max_tokens: maxTokens,
    ...(temperature !== null && { temperature }),
    ...toOpenRouterReasoning(thinking, thinkingWhenNone),
    provider: { ...voiceRouting, ...routing },
    session_id: callId.slice(0, SESSION_ID_CHARACTERS),
    ...(user !== null && { user }),
  };
}
