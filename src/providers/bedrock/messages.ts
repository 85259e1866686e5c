import type { ContentBlock, Message, ToolResultBlock } from '@aws-sdk/client-bedrock-runtime';
import type { ChatMessage, ChatReasoning, ChatToolCall } from '../../language/chat.ts';
import { nameToolIds } from './tool-ids.ts';

/** Stands where Bedrock insists on words of the user and there are none. */
const OPENING = '(The call begins.)';
const GO_ON = '(Please go on.)';
const UNANSWERED = 'No result: the conversation went on without it.';
const NO_OUTPUT = '(no output)';

type ToolMessage = Extract<ChatMessage, { role: 'tool' }>;
type AssistantMessage = Extract<ChatMessage, { role: 'assistant' }>;

/**
 * The conversation as Bedrock accepts it: the first and the last message are the user's, roles alternate, no text is empty,
 * every tool use is answered, all its results together and first in the next message, and tool ids are unique and well formed.
 *
 * Nothing is lost: a result that belongs to no call, or comes when no tools are offered (Bedrock then refuses tool blocks),
 * is told as text. Signed reasoning goes back in the present tool round only, where the model wants it.
 */
export function toConverseMessages(messages: readonly ChatMessage[], hasTools: boolean): Message[] {
  const conversation = new Conversation();
  const ids = nameToolIds();
  const roundBegins = presentRound(messages);

  for (let at = 0; at < messages.length; ) {
    const message = messages[at]!;
    at++;
    if (message.role === 'user') conversation.add('user', textBlocks(message.text));
    else if (message.role === 'tool') conversation.add('user', [{ text: toldResult(message, null) }]);
    else {
      const results = takeResults(messages, at);
      at += results.length;
      addAssistant(conversation, message, results, { hasTools, ids, isPresent: at > roundBegins });
    }
  }
  return conversation.finish();
}

/**
 * Where the present tool round began: at the caller's last words, those aside that came beside tool results and so travel in
 * one message with them.
 */
function presentRound(messages: readonly ChatMessage[]): number {
  return messages.findLastIndex(
    (message, at) => message.role === 'user' && !isBlank(message.text) && messages[at - 1]?.role !== 'tool',
  );
}

function addAssistant(
  conversation: Conversation,
  message: AssistantMessage,
  results: readonly ToolMessage[],
  about: { hasTools: boolean; ids: (id: string) => string; isPresent: boolean },
): void {
  const calls = message.toolCalls ?? [];
  const unclaimed = [...results];
  const answers = calls.map(call => ({ call, result: claim(unclaimed, call) }));

  if (!about.hasTools || calls.length === 0) {
    conversation.add('assistant', textBlocks(message.text));
    for (const { call, result } of answers) conversation.add('user', [{ text: toldResult(result, call) }]);
  } else {
    const uses = answers.map(({ call, result }) => ({ call, result, toolUseId: about.ids(call.id) }));
    conversation.add('assistant', [
      ...(about.isPresent ? (message.reasoning ?? []).map(toReasoningBlock) : []),
      ...textBlocks(message.text),
      ...uses.map(({ call, toolUseId }) => toToolUse(call, toolUseId)),
    ]);
    conversation.add(
      'user',
      uses.map(({ result, toolUseId }) => ({ toolResult: toToolResult(result, toolUseId) })),
    );
  }
  for (const result of unclaimed) conversation.add('user', [{ text: toldResult(result, null) }]);
}

/** Messages in the making; those of one role that follow each other become one. */
class Conversation {
  readonly #messages: { role: 'user' | 'assistant'; content: ContentBlock[] }[] = [];

  add(role: 'user' | 'assistant', blocks: readonly ContentBlock[]): void {
    if (blocks.length === 0) return;
    const last = this.#messages.at(-1);
    if (last?.role === role) last.content.push(...blocks);
    else this.#messages.push({ role, content: [...blocks] });
  }

  finish(): Message[] {
    const [first] = this.#messages;
    if (first?.role !== 'user') this.#messages.unshift({ role: 'user', content: [{ text: OPENING }] });
    if (this.#messages.at(-1)?.role === 'assistant') this.add('user', [{ text: GO_ON }]);
    return this.#messages;
  }
}

function takeResults(messages: readonly ChatMessage[], from: number): ToolMessage[] {
  const results: ToolMessage[] = [];
  for (const message of messages.slice(from)) {
    if (message.role !== 'tool') break;
    results.push(message);
  }
  return results;
}

/** Takes the call's result out of those that nobody claimed yet. */
function claim(unclaimed: ToolMessage[], call: ChatToolCall): ToolMessage | null {
  const at = unclaimed.findIndex(result => result.toolCallId === call.id);
  return at < 0 ? null : unclaimed.splice(at, 1)[0]!;
}

function toldResult(result: ToolMessage | null, call: ChatToolCall | null): string {
  const name = result?.name ?? call?.name ?? 'tool';
  const input = call ? ` for ${JSON.stringify(call.input)}` : '';
  const answer = result ? result.result || NO_OUTPUT : UNANSWERED;
  return `(${result?.isError ? 'Failure' : 'Result'} of ${name}${input}: ${answer})`;
}

function textBlocks(text: string): ContentBlock[] {
  return isBlank(text) ? [] : [{ text }];
}

function isBlank(text: string): boolean {
  return text.trim() === '';
}

/** Parsed JSON always is a document; only the compiler cannot know. */
function toToolUse(call: ChatToolCall, toolUseId: string): ContentBlock {
  return {
    toolUse: {
      toolUseId,
      name: call.name,
      input: call.input as ContentBlock.ToolUseMember['toolUse']['input'],
    },
  };
}

function toToolResult(result: ToolMessage | null, toolUseId: string): ToolResultBlock {
  if (!result) return { toolUseId, content: [{ text: UNANSWERED }], status: 'error' };
  const text = isBlank(result.result) ? NO_OUTPUT : result.result;
  return { toolUseId, content: [{ text }], status: result.isError ? 'error' : 'success' };
}

function toReasoningBlock(reasoning: ChatReasoning): ContentBlock {
  if ('redacted' in reasoning)
    return { reasoningContent: { redactedContent: Buffer.from(reasoning.redacted, 'base64') } };
  return { reasoningContent: { reasoningText: { text: reasoning.text, signature: reasoning.signature } } };
}
