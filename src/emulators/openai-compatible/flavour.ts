import type { IncomingHttpHeaders } from 'node:http';
import type { Refusal } from './answer.ts';

/** Who is being emulated; the path of a request tells. */
export type Flavour = 'openrouter' | 'azure' | 'openai';

export interface ChatPath {
  flavour: Flavour;
  /** Azure's. */
  deployment: string | null;
}

export function readChatPath(path: string): ChatPath | null {
  if (path === '/api/v1/chat/completions') return { flavour: 'openrouter', deployment: null };
  if (path === '/v1/chat/completions') return { flavour: 'openai', deployment: null };
  const deployment = /^\/openai\/deployments\/([^/]+)\/chat\/completions$/.exec(path)?.[1];
  return deployment === undefined ? null : { flavour: 'azure', deployment: decodeURIComponent(deployment) };
}

export function keyIn(headers: IncomingHttpHeaders, flavour: Flavour): string | null {
  if (flavour === 'azure') return (headers['api-key'] as string | undefined) ?? null;
  return /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? null;
}

/** Their refusals of a key. OpenAI's quotes it. */
export function wrongKey(flavour: Flavour, key: string | null): Refusal {
  if (flavour === 'openrouter') return { status: 401, code: 401, message: 'User not found.' };
  if (flavour === 'azure')
    return {
      status: 401,
      code: '401',
      message: 'Access denied due to invalid subscription key or wrong API endpoint.',
    };
  return { status: 401, code: 'invalid_api_key', message: `Incorrect API key provided: ${key ?? ''}.` };
}

export function throttled(flavour: Flavour, waitMs: number): Refusal {
  const headers = {
    'retry-after': String(Math.ceil(waitMs / 1_000)),
    ...(flavour === 'azure' && { 'retry-after-ms': String(waitMs) }),
  };
  const code = { openrouter: 429, azure: '429', openai: 'rate_limit_exceeded' }[flavour];
  return { status: 429, code, message: 'Rate limit exceeded.', headers };
}

export function failing(flavour: Flavour): Refusal {
  if (flavour === 'openrouter')
    return { status: 502, code: 502, message: 'Provider returned error', metadata: { provider_name: 'Any' } };
  return { status: 500, code: 'server_error', message: 'The server had an error.' };
}

/** The error body of each. */
export function refusalBody(flavour: Flavour, { code, message, metadata }: Refusal) {
  if (flavour === 'openrouter') return { error: { code, message, ...(metadata && { metadata }) } };
  if (flavour === 'azure') return { error: { code, message } };
  return { error: { message, type: 'invalid_request_error', param: null, code } };
}

/** What OpenAI and Azure know; anything else is refused there. */
const FIELDS = new Set([
  'model',
  'messages',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'max_tokens',
  'max_completion_tokens',
  'temperature',
  'top_p',
  'stop',
  'stream',
  'stream_options',
  'reasoning_effort',
  'response_format',
  'seed',
  'user',
  'prompt_cache_key',
]);

/** Null for a request that is in order. */
export function refuseBody(flavour: Flavour, body: unknown): Refusal | null {
  const invalid = (message: string): Refusal => ({
    status: 400,
    code: flavour === 'openrouter' ? 400 : 'invalid_request_error',
    message,
  });
  if (typeof body !== 'object' || body === null) return invalid('The body is not a JSON object.');

  const { messages, stream, temperature, session_id: session } = body as Record<string, unknown>;
  if (!Array.isArray(messages) || messages.length === 0)
    return invalid('messages: expected a non-empty array.');
  if (stream !== true) return invalid('stream: only streams are served here.');
  if (temperature !== undefined && typeof temperature !== 'number')
    return invalid('temperature: expected a number.');
  if (typeof session === 'string' && session.length > 256) return invalid('session_id: too long.');
  if (!answersItsTools(messages))
    return invalid("An assistant message with 'tool_calls' must be followed by tool messages for each.");

  const unknown = flavour === 'openrouter' ? undefined : Object.keys(body).find(name => !FIELDS.has(name));
  return unknown === undefined ? null : invalid(`Unrecognized request argument supplied: ${unknown}`);
}

interface WireMessage {
  role?: string;
  tool_call_id?: string;
  tool_calls?: { id: string }[];
}

/** Every tool message answers a call of the assistant message before it, and every call is answered. */
function answersItsTools(messages: readonly WireMessage[]): boolean {
  let open = new Set<string>();
  for (const message of messages) {
    if (message.role === 'tool') {
      if (!open.delete(message.tool_call_id ?? '')) return false;
      continue;
    }
    if (open.size > 0) return false;
    open = new Set(message.tool_calls?.map(call => call.id));
  }
  return open.size === 0;
}
