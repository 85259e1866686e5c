import { checkConversation } from './conversation.ts';
import { type ConverseBody, converseBody } from './converse-body.ts';
import { type ModelRules, rulesOf } from './models.ts';

const MOST_CACHE_POINTS = 4;
const SMALLEST_BUDGET_TOKENS = 1_024;
const DEFAULT_MAX_TOKENS = 4_096;

/** What Bedrock would refuse, in words of our own but for the retired models; null for a request it takes. */
export function whyInvalid(modelId: string, body: unknown): string | null {
  const rules = rulesOf(modelId);
  if (typeof rules === 'string') return rules;
  const read = converseBody.safeParse(body);
  if (!read.success) {
    const [issue] = read.error.issues;
    return `${issue?.path.join('.') || 'body'}: ${issue?.message}`;
  }
  const asked = read.data;
  const thinks = asked.additionalModelRequestFields?.thinking?.type;
  return (
    checkConversation(asked, {
      prefill: rules.sampling && thinks !== 'enabled',
      signed: thinks === 'enabled',
    }) ??
    checkCachePoints(asked) ??
    checkSampling(asked, rules) ??
    checkThinking(asked, rules)
  );
}

function checkCachePoints(body: ConverseBody): string | null {
  const blocks = [
    ...(body.system ?? []),
    ...(body.toolConfig?.tools ?? []),
    ...body.messages.flatMap(message => message.content),
  ];
  const points = blocks.filter(candidate => 'cachePoint' in candidate).length;
  return points > MOST_CACHE_POINTS ? `At most ${MOST_CACHE_POINTS} cache points, not ${points}.` : null;
}

function checkSampling(
  { inferenceConfig = {}, additionalModelRequestFields: extra }: ConverseBody,
  rules: ModelRules,
) {
  if (rules.sampling) return null;
  const { temperature = 1, topP = 1 } = inferenceConfig;
  if (temperature !== 1 || topP !== 1 || extra?.top_k !== undefined)
    return 'This model takes no temperature, top_p or top_k.';
  return null;
}

function checkThinking(body: ConverseBody, rules: ModelRules): string | null {
  const { inferenceConfig = {}, toolConfig, additionalModelRequestFields: extra } = body;
  const thinking = extra?.thinking;
  if (!thinking || thinking.type === 'disabled') return null;
  if (!rules.thinking.includes(thinking.type))
    return `thinking.type: this model does not take '${thinking.type}'.`;
  const choice = Object.keys(toolConfig?.toolChoice ?? { auto: {} });
  if (!choice.includes('auto')) return 'Thinking may not be enabled when tool_choice forces tool use.';
  if (thinking.type === 'adaptive') return null;

  if ((inferenceConfig.temperature ?? 1) !== 1)
    return 'temperature may only be set to 1 when thinking is enabled.';
  if (extra?.top_k !== undefined) return 'top_k must be unset when thinking is enabled.';
  if (thinking.budget_tokens < SMALLEST_BUDGET_TOKENS)
    return `thinking.budget_tokens: at least ${SMALLEST_BUDGET_TOKENS}.`;
  if (thinking.budget_tokens >= (inferenceConfig.maxTokens ?? DEFAULT_MAX_TOKENS))
    return 'max_tokens must be greater than thinking.budget_tokens.';
  return null;
}
