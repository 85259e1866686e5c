import { z } from 'zod';

const toolId = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/);
const cachePoint = z.object({ type: z.literal('default'), ttl: z.enum(['5m', '1h']).optional() });
const text = z.string();

const toolResult = z.object({
  toolUseId: toolId,
  content: z.array(z.union([z.object({ text }), z.object({ json: z.json() })])),
  status: z.enum(['success', 'error']).optional(),
});

const block = z.strictObject({
  text: text.optional(),
  toolUse: z
    .object({ toolUseId: toolId, name: z.string(), input: z.record(z.string(), z.unknown()) })
    .optional(),
  toolResult: toolResult.optional(),
  reasoningContent: z
    .object({
      reasoningText: z.object({ text, signature: z.string().optional() }).optional(),
      redactedContent: z.string().optional(),
    })
    .optional(),
  cachePoint: cachePoint.optional(),
});

const toolSpec = z.object({
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
  description: z.string().min(1).optional(),
  inputSchema: z.object({ json: z.looseObject({ type: z.literal('object') }) }),
});

/** The Anthropic fields that pass through Converse. Others are refused as extra. */
const additional = z.strictObject({
  thinking: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.literal('enabled'), budget_tokens: z.int() }),
      z.strictObject({ type: z.literal('adaptive'), display: z.string().optional() }),
      z.strictObject({ type: z.literal('disabled') }),
    ])
    .optional(),
  output_config: z.looseObject({ effort: z.string().optional() }).optional(),
  top_k: z.int().optional(),
  anthropic_beta: z.array(z.string()).optional(),
});

/** The body of ConverseStream, as far as a Claude client sends it. */
export const converseBody = z.object({
  messages: z.array(z.object({ role: z.enum(['user', 'assistant']), content: z.array(block).min(1) })).min(1),
  system: z.array(z.union([z.object({ text: z.string().min(1) }), z.object({ cachePoint })])).optional(),
  inferenceConfig: z
    .object({
      maxTokens: z.int().min(1).optional(),
      temperature: z.number().min(0).max(1).optional(),
      topP: z.number().min(0).max(1).optional(),
      stopSequences: z.array(z.string()).optional(),
    })
    .optional(),
  toolConfig: z
    .object({
      tools: z.array(z.union([z.object({ toolSpec }), z.object({ cachePoint })])).min(1),
      toolChoice: z.looseObject({}).optional(),
    })
    .optional(),
  requestMetadata: z
    .record(
      z.string().min(1).max(256),
      z
        .string()
        .max(256)
        .regex(/^[a-zA-Z0-9\s:_@$#=/+,.-]*$/),
    )
    .optional(),
  additionalModelRequestFields: additional.optional(),
});

export type ConverseBody = z.infer<typeof converseBody>;
