import { OpenAI } from 'openai';
import type { Clock } from '../../../runtime/clock.ts';
import type { ChatProvider, ChatRequest } from '../../language/chat.ts';
import type { Secret } from '../../secret.ts';
import { quietClient } from './client.ts';
import { keepConnections } from './keep-alive-fetch.ts';
import { type Body, toMessages, toTools } from './messages.ts';
import { streamChat } from './stream-chat.ts';
import { toReasoningEffort } from './thinking.ts';

/** What servers of the same protocol understand differently. */
export interface Dialect {
  /** OpenAI's newer models refuse `max_tokens`; most other servers know nothing else. Default `max_tokens`. */
  maxTokensField?: 'max_tokens' | 'max_completion_tokens';
  /**
   * What to ask of a model that need not think. Default null: nothing, as models that cannot think refuse the field.
   */
  effortWhenNotThinking?: 'none' | 'minimal' | null;
  /** Asks for usage in the last chunk. Default true; off for servers that refuse `stream_options`. */
  askForUsage?: boolean;
}

export interface OpenAiCompatibleOptions extends Dialect {
  /** In errors and measures. Default `openai-compatible`. */
  name?: string;
  /** Up to and including the version, as `http://127.0.0.1:11434/v1`. */
  baseUrl: string;
  /** Null for servers without keys, as on one's own machine. */
  apiKey: Secret | null;
  clock: Clock;
  /** The company's id for whoever pays for a call, never the caller's number. Default: none. */
  userOf?(callId: string): string | null;
}

/** Any server that speaks OpenAI's chat completions: OpenAI itself, vLLM, Ollama, Groq, … */
export function openOpenAiCompatibleChat(options: OpenAiCompatibleOptions): ChatProvider {
  const { name = 'openai-compatible', baseUrl, apiKey, clock, userOf } = options;
  const connections = keepConnections();
  const client = new OpenAI({
    ...quietClient,
    baseURL: baseUrl,
    // The SDK insists on one.
    apiKey: apiKey?.reveal() ?? 'none',
    fetch: connections.fetch,
  });

  return {
    name,
    stream(request, signal) {
      const prepare = async () => ({ body: toBody(request, options, userOf?.(request.callId) ?? null) });
      return streamChat({ client, clock, provider: name, prepare }, request, signal);
    },
    async close() {
      connections.close();
    },
  };
}

export function toBody(request: ChatRequest, dialect: Dialect, user: string | null): Body {
  const { maxTokensField = 'max_tokens', effortWhenNotThinking = null, askForUsage = true } = dialect;
  const { model, tools, maxTokens, temperature, thinking } = request;
  return {
    model,
    messages: toMessages(request, { cacheMarks: false, reasoningDetails: false }),
    ...(tools.length > 0 && { tools: toTools(tools) }),
    [maxTokensField]: maxTokens,
    ...(temperature !== null && { temperature }),
    ...toReasoningEffort(thinking, effortWhenNotThinking),
    ...(askForUsage && { stream_options: { include_usage: true } }),
    ...(user !== null && { user }),
  };
}
