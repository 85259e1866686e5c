import type {
  ConverseStreamCommandInput,
  InferenceConfiguration,
  Message,
  SystemContentBlock,
  ToolConfiguration,
  ToolInputSchema,
} from '@aws-sdk/client-bedrock-runtime';
import type { ChatRequest } from '../../language/chat.ts';
import { toConverseMessages } from './messages.ts';

/** Bedrock refuses a smaller budget. */
const SMALLEST_BUDGET_TOKENS = 1_024;
const LONGEST_METADATA = 256;

type Extras = Pick<ConverseStreamCommandInput, 'additionalModelRequestFields'>;

/** A request as ConverseStream takes it. Thinking fields and their rules: Bedrock user guide, "Extended thinking". */
export function toConverseStream(request: ChatRequest): ConverseStreamCommandInput {
  const messages = toConverseMessages(request.messages, request.tools.length > 0);
  const thinking = thinkingFor(request, messages);
  const system = systemBlocks(request);
  const extras: Extras = {};
  if (thinking.style === 'budget')
    extras.additionalModelRequestFields = {
      thinking: { type: 'enabled', budget_tokens: budgetOf(thinking) },
    };
  if (thinking.style === 'none' && thinking.switchOff)
    extras.additionalModelRequestFields = { thinking: { type: 'disabled' } };
  if (thinking.style === 'adaptive')
    extras.additionalModelRequestFields = {
      thinking: { type: 'adaptive' },
      output_config: { effort: thinking.effort },
    };

  return {
    modelId: request.model,
    messages,
    inferenceConfig: inferenceOf(request, thinking),
    requestMetadata: { callId: metadataValue(request.callId) },
    ...(system.length > 0 && { system }),
    ...(request.tools.length > 0 && { toolConfig: toolConfigOf(request) }),
    ...extras,
  };
}

/**
 * With a budget, the assistant's message of the present tool round must begin with its signed reasoning. Where another model
 * wrote that message there is none, and the round is finished without thinking.
 */
function thinkingFor(request: ChatRequest, messages: readonly Message[]): ChatRequest['thinking'] {
  const latest = messages.findLast(message => message.role === 'assistant')?.content ?? [];
  const inToolRound = messages.at(-1)?.content?.some(block => block.toolResult) ?? false;
  const unsigned = inToolRound && !latest[0]?.reasoningContent;
  return request.thinking.style === 'budget' && unsigned ? { style: 'none' } : request.thinking;
}

function budgetOf(thinking: { tokens: number }): number {
  return Math.max(SMALLEST_BUDGET_TOKENS, Math.round(thinking.tokens));
}

/** A thinking model takes no temperature, and its budget comes out of `maxTokens`: room for the reply is added where there is none. */
function inferenceOf(request: ChatRequest, thinking: ChatRequest['thinking']): InferenceConfiguration {
  const budget = thinking.style === 'budget' ? budgetOf(thinking) : 0;
  const maxTokens = request.maxTokens > budget ? request.maxTokens : budget + request.maxTokens;
  if (thinking.style !== 'none' || request.temperature === null) return { maxTokens };
  return { maxTokens, temperature: request.temperature };
}

/** The cache point ends the part that is the same in every turn; tools come before it in the model's own order. */
function systemBlocks({ system, cache }: ChatRequest): SystemContentBlock[] {
  const blocks: SystemContentBlock[] = [];
  if (system.stable.trim() !== '') {
    blocks.push({ text: system.stable });
    if (cache) blocks.push({ cachePoint: { type: 'default' } });
  }
  if (system.changing.trim() !== '') blocks.push({ text: system.changing });
  return blocks;
}

function toolConfigOf({ tools }: ChatRequest): ToolConfiguration {
  return {
    tools: tools.map(({ name, description, inputSchema }) => ({
      toolSpec: {
        name,
        ...(description.trim() !== '' && { description }),
        inputSchema: { json: inputSchema as ToolInputSchema.JsonMember['json'] },
      },
    })),
  };
}

/** The characters that Bedrock allows in request metadata. */
function metadataValue(text: string): string {
  return text.replace(/[^a-zA-Z0-9\s:_@$#=/+,.-]/g, '_').slice(0, LONGEST_METADATA);
}
