import { randomUUID } from 'node:crypto';
import { Secret } from '../secret.ts';
import { startAzureSpeechEmulator } from './azure-speech/azure-speech.ts';
import { startBedrockEmulator } from './bedrock/bedrock.ts';
import type { ScriptedReply } from './bedrock/script.ts';
import { type BrainAnswer, think } from './brain.ts';
import { startDeepgramEmulator } from './deepgram/deepgram.ts';
import type { Emulator } from './emulator.ts';
import type { Answer } from './openai-compatible/answer.ts';
import { startOpenAiCompatibleEmulator } from './openai-compatible/openai-compatible.ts';

export interface Emulators {
  all: readonly Emulator[];
  /** Settings that point the product at them. */
  env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export interface EmulatorPace {
  /** From the request to the first token. */
  firstTokenMs: number;
  /** Between two tokens. */
  tokenMs: number;
  /** From a sentence to its first audio. */
  firstAudioMs: number;
}

/** What the emulated recogniser hears, one line an utterance, over and over. */
const TRANSCRIPTS = ['my order number is one zero two four', 'yes', 'what are your opening hours', 'goodbye'];
const KEY = 'emulator-key-of-no-value';

/** Every provider on a loopback port, with a simple wit behind the models. */
export async function startAllEmulators({
  firstTokenMs,
  tokenMs,
  firstAudioMs,
}: EmulatorPace): Promise<Emulators> {
  const transcripts = Array.from({ length: 50 }, () => TRANSCRIPTS).flat();
  const deepgram = await startDeepgramEmulator({ apiKey: KEY, transcripts, firstAudioDelayMs: firstAudioMs });
  const azureSpeech = await startAzureSpeechEmulator({
    key: KEY,
    transcripts: [...transcripts],
    firstAudioDelayMs: firstAudioMs,
  });
  const bedrock = await startBedrockEmulator({
    apiKey: new Secret(KEY),
    reply: (_, body) => ({ ...bedrockReply(body), firstTokenMs, tokenMs }),
  });
  const openAi = await startOpenAiCompatibleEmulator({
    apiKey: KEY,
    managementKey: `${KEY}-management`,
    answer: body => ({ ...openAiAnswer(body), firstOutputDelayMs: firstTokenMs, betweenOutputsMs: tokenMs }),
  });

  return {
    all: [deepgram, azureSpeech, bedrock, openAi],
    env: {
      DEEPGRAM_URL: deepgram.url,
      DEEPGRAM_API_KEY: KEY,
      AZURE_SPEECH_ENDPOINT: azureSpeech.url,
      AZURE_SPEECH_KEY: KEY,
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: bedrock.url,
      AWS_BEARER_TOKEN_BEDROCK: KEY,
      OPENROUTER_URL: `${openAi.url}/api/v1`,
      OPENROUTER_API_KEY: KEY,
      AZURE_OPENAI_ENDPOINT: openAi.url,
      AZURE_OPENAI_API_KEY: KEY,
      AZURE_OPENAI_DEPLOYMENT: 'emulated',
      OPENAI_COMPATIBLE_URL: `${openAi.url}/v1`,
      OPENAI_COMPATIBLE_KEY: KEY,
      OPENAI_COMPATIBLE_MODEL: 'emulated',
    },
    close: async () => {
      await Promise.all([deepgram.close(), azureSpeech.close(), bedrock.close(), openAi.close()]);
    },
  };
}

interface BedrockBody {
  messages?: { role: string; content: { text?: string }[] }[];
  toolConfig?: {
    tools?: { toolSpec?: { name: string; description?: string; inputSchema: { json: Schema } } }[];
  };
}

interface OpenAiBody {
  messages?: { role: string; content: unknown }[];
  tools?: { function: { name: string; description?: string; parameters?: Schema } }[];
}

interface Schema {
  required?: readonly string[];
}

function bedrockReply(body: unknown): ScriptedReply {
  const { messages = [], toolConfig } = body as BedrockBody;
  const text =
    messages
      .at(-1)
      ?.content.map(block => block.text ?? '')
      .join(' ') ?? '';
  const tools = (toolConfig?.tools ?? []).flatMap(({ toolSpec }) => (toolSpec ? [toolSpec] : []));
  const answer = answerTo(
    text,
    tools.map(({ name, description = '', inputSchema }) => ({
      name,
      description,
      required: inputSchema.json.required ?? [],
    })),
  );
  if ('text' in answer) return { parts: [{ text: answer.text }] };
  return { parts: [{ tool: answer.tool, id: `tooluse_${randomUUID()}`, input: answer.input }] };
}

function openAiAnswer(body: Record<string, unknown>): Answer {
  const { messages = [], tools = [] } = body as OpenAiBody;
  const { content } = messages.at(-1) ?? { content: '' };
  const answer = answerTo(
    typeof content === 'string' ? content : JSON.stringify(content),
    tools.map(({ function: { name, description = '', parameters } }) => ({
      name,
      description,
      required: parameters?.required ?? [],
    })),
  );
  if ('text' in answer) return { text: answer.text };
  return {
    toolCalls: [{ id: `call_${randomUUID()}`, name: answer.tool, arguments: JSON.stringify(answer.input) }],
  };
}

/** The caller's words are marked; all else in the message is the house's. */
function answerTo(message: string, tools: Parameters<typeof think>[1]): BrainAnswer {
  const said = /<caller>(.*?)<\/caller>/s.exec(message)?.[1] ?? message;
  return think(
    said,
    tools.filter(tool => tool.name !== 'wait_for_more'),
  );
}
