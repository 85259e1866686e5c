import type { ConverseBody } from './converse-body.ts';

type Message = ConverseBody['messages'][number];
type Block = Message['content'][number];

export interface ConversationRules {
  /** The last message may be the assistant's. */
  prefill: boolean;
  /** The assistant's message of the present tool round must begin with signed reasoning. */
  signed: boolean;
}

/** The rules of messages: roles, empty text, and tool uses with their results. Null when all are kept. */
export function checkConversation(body: ConverseBody, rules: ConversationRules): string | null {
  const { messages } = body;
  if (messages[0]?.role !== 'user') return 'A conversation must start with a user message.';
  for (const [at, message] of messages.entries()) {
    if (at > 0 && message.role === messages[at - 1]?.role)
      return `messages.${at}: roles must alternate between user and assistant.`;
    const wrong = checkBlocks(message) ?? checkResults(message, messages[at - 1]);
    if (wrong) return `messages.${at}: ${wrong}`;
  }
  const last = messages.at(-1)!;
  if (last.role === 'assistant' && usesOf(last).length > 0) return 'The last tool use has no result.';
  if (last.role === 'assistant' && !rules.prefill)
    return 'The last message must be the user’s: this model takes no prefill.';
  const ids = messages.flatMap(message => usesOf(message).map(use => use.toolUseId));
  if (new Set(ids).size < ids.length) return 'toolUse ids must be unique.';
  if (
    !body.toolConfig &&
    messages.some(message => message.content.some(block => block.toolUse ?? block.toolResult))
  )
    return 'toolConfig must be defined when toolUse and toolResult blocks are used.';
  return rules.signed ? checkSignature(messages) : null;
}

function checkBlocks({ role, content }: Message): string | null {
  for (const block of content) {
    if (Object.keys(block).length !== 1) return 'a block has exactly one kind of content.';
    if (block.text !== undefined && block.text.trim() === '') return 'text must not be empty or blank.';
    if (role === 'user' && (block.toolUse ?? block.reasoningContent))
      return 'only the assistant uses tools and reasons.';
    if (role === 'assistant' && block.toolResult) return 'only the user gives tool results.';
    const reasoning = block.reasoningContent;
    if (reasoning && !reasoning.redactedContent && !reasoning.reasoningText?.signature)
      return 'reasoning must be signed.';
  }
  return null;
}

/** Each tool use is answered once, in the next message, before anything else in it. */
function checkResults(message: Message, before: Message | undefined): string | null {
  const used = before ? usesOf(before).map(use => use.toolUseId) : [];
  const results = message.content.flatMap(block => (block.toolResult ? [block.toolResult.toolUseId] : []));
  if (results.some(id => !used.includes(id)))
    return 'a tool result answers no tool use of the message before.';
  if (new Set(results).size < results.length) return 'a tool use is answered twice.';
  if (used.some(id => !results.includes(id))) return 'a tool use of the message before has no result.';
  const leading = message.content.slice(0, results.length).every(block => block.toolResult);
  return leading ? null : 'tool results come first.';
}

function checkSignature(messages: readonly Message[]): string | null {
  const inRound = messages.at(-1)?.content.some(block => block.toolResult) ?? false;
  const latest = messages.findLast(message => message.role === 'assistant');
  if (!inRound || latest?.content[0]?.reasoningContent) return null;
  return 'When thinking is enabled, the final assistant message must start with a thinking block.';
}

function usesOf(message: Message): NonNullable<Block['toolUse']>[] {
  return message.content.flatMap(block => (block.toolUse ? [block.toolUse] : []));
}
