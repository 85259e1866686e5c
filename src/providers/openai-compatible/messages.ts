import type { ChatMessage, ChatRequest, ChatTool, ChatToolCall } from '../../language/chat.ts';
import { toReasoningDetails } from './reasoning.ts';

/** JSON as the wire takes it. Gateways add fields that OpenAI's types do not know. */
export type Body = Record<string, unknown>;

/**
 * The conversation. The stable part of the instructions comes first, where every provider's automatic cache of prefixes finds
 * it; `cacheMarks` adds the mark that Claude wants for it, and `reasoningDetails` sends signed reasoning back.
 */
export function toMessages(
  { system, messages, cache }: ChatRequest,
  dialect: { cacheMarks: boolean; reasoningDetails: boolean },
): Body[] {
  return [
    ...toSystem(system, cache && dialect.cacheMarks),
    ...messages.map(message => toMessage(message, dialect.reasoningDetails)),
  ];
}

export function toTools(tools: readonly ChatTool[]): Body[] {
  return tools.map(({ name, description, inputSchema }) => ({
    type: 'function',
    function: { name, description, parameters: inputSchema },
  }));
}

function toSystem({ stable, changing }: ChatRequest['system'], marked: boolean): Body[] {
  const parts = [stable, changing].filter(part => part !== '');
  if (parts.length === 0) return [];
  if (!marked || stable === '') return [{ role: 'system', content: parts.join('\n\n') }];

  const content = parts.map(text => ({
    type: 'text',
    text,
    ...(text === stable && { cache_control: { type: 'ephemeral' } }),
  }));
  return [{ role: 'system', content }];
}

function toMessage(message: ChatMessage, reasoningDetails: boolean): Body {
  if (message.role === 'user') return { role: 'user', content: message.text };
  if (message.role === 'tool') {
    const { toolCallId, result, isError } = message;
    // The protocol has no mark for a tool that failed; the model has to read it.
    return { role: 'tool', tool_call_id: toolCallId, content: isError ? `Error: ${result}` : result };
  }

  const { text, toolCalls = [], reasoning = [] } = message;
  return {
    role: 'assistant',
    // Null is allowed beside tool calls alone.
    content: text === '' && toolCalls.length > 0 ? null : text,
    ...(toolCalls.length > 0 && { tool_calls: toolCalls.map(toToolCall) }),
    ...(reasoningDetails && reasoning.length > 0 && { reasoning_details: toReasoningDetails(reasoning) }),
  };
}

function toToolCall({ id, name, input }: ChatToolCall): Body {
  return { id, type: 'function', function: { name, arguments: JSON.stringify(input) } };
}
