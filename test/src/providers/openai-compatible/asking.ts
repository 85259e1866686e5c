import type { ChatEvent, ChatProvider, ChatRequest } from '../../../../src/language/chat.ts';
import { Secret } from '../../../../src/secret.ts';

/** Planted in every request; must not turn up anywhere else. */
export const CANARY_KEY = 'sk-or-v1-canary-4f1c9e7b2a';
export const canary = new Secret(CANARY_KEY);

export const orderTool = {
  name: 'find_order',
  description: 'Finds an order.',
  inputSchema: { type: 'object', properties: { order: { type: 'string' } }, required: ['order'] },
};
export const weatherTool = { ...orderTool, name: 'tell_weather' };

export function chatRequest(changes: Partial<ChatRequest> = {}): ChatRequest {
  return {
    model: 'anthropic/claude-haiku-5.5',
    region: null,
    system: { stable: 'You answer the phone.', changing: 'The caller is known.' },
    messages: [{ role: 'user', text: 'Where is my order?' }],
    tools: [],
    maxTokens: 200,
    temperature: null,
    thinking: { style: 'none' },
    cache: false,
    callId: 'call-1',
    firstTokenTimeoutMs: 1_000,
    stallTimeoutMs: 500,
    ...changes,
  };
}

export async function ask(provider: ChatProvider, changes: Partial<ChatRequest> = {}): Promise<ChatEvent[]> {
  const events: ChatEvent[] = [];
  for await (const event of provider.stream(chatRequest(changes), new AbortController().signal))
    events.push(event);
  return events;
}

export function textOf(events: readonly ChatEvent[]): string {
  return events.map(event => (event.type === 'text' ? event.text : '')).join('');
}

/** A stream that is read by hand. */
export function begin(provider: ChatProvider, changes: Partial<ChatRequest> = {}) {
  const abort = new AbortController();
  const events = provider.stream(chatRequest(changes), abort.signal)[Symbol.asyncIterator]();
  return { abort, next: () => events.next(), events };
}
