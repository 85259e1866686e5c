import { AzureOpenAI } from 'openai';
import type { Clock } from '../../../runtime/clock.ts';
import type { ChatProvider } from '../../language/chat.ts';
import type { Secret } from '../../secret.ts';
import { quietClient } from './client.ts';
import { keepConnections } from './keep-alive-fetch.ts';
import { type Dialect, toBody } from './openai-compatible.ts';
import { streamChat } from './stream-chat.ts';

/** Takes `max_completion_tokens` and `stream_options`. */
const API_VERSION = '2024-10-21';

export interface AzureOpenAiOptions extends Dialect {
  /** The resource, as `https://example.openai.azure.com`. */
  endpoint: string;
  apiKey: Secret;
  /** Default `2024-10-21`. */
  apiVersion?: string;
  /** Names of the deployments by model. A model that is not here is taken for the name of its deployment. */
  deployments?: Readonly<Record<string, string>>;
  clock: Clock;
  /** The company's id for whoever pays for a call, never the caller's number. Default: none. */
  userOf?(callId: string): string | null;
}

/** Models deployed in one Azure OpenAI resource. */
export function openAzureOpenAiChat(options: AzureOpenAiOptions): ChatProvider {
  const { endpoint, apiKey, apiVersion = API_VERSION, deployments = {}, clock, userOf } = options;
  const connections = keepConnections();
  const client = new AzureOpenAI({
    ...quietClient,
    // Not `endpoint`: that one is refused beside an OPENAI_BASE_URL in the environment.
    baseURL: `${endpoint.replace(/\/+$/, '')}/openai`,
    apiKey: apiKey.reveal(),
    apiVersion,
    fetch: connections.fetch,
  });
  const dialect: Dialect = { maxTokensField: 'max_completion_tokens', ...options };

  return {
    name: 'azure-openai',
    stream(request, signal) {
      const prepare = async () => {
        // The SDK makes the path of what stands in `model`, and does not encode it.
        const model = encodeURIComponent(deployments[request.model] ?? request.model);
        return { body: toBody({ ...request, model }, dialect, userOf?.(request.callId) ?? null) };
      };
      return streamChat({ client, clock, provider: 'azure-openai', prepare }, request, signal);
    },
    async close() {
      connections.close();
    },
  };
}
