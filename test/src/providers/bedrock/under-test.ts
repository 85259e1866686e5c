import { SimulatedClock } from '../../../../runtime/clock.ts';
import { ProviderError } from '../../../../runtime/provider-error.ts';
import {
  type BedrockEmulator,
  type BedrockEmulatorOptions,
  startBedrockEmulator,
} from '../../../../src/emulators/bedrock/bedrock.ts';
import type { ChatEvent, ChatProvider, ChatRequest } from '../../../../src/language/chat.ts';
import {
  type BedrockChat,
  type BedrockChatOptions,
  openBedrockChat,
} from '../../../../src/providers/bedrock/open.ts';
import { Secret } from '../../../../src/secret.ts';

export const HAIKU = 'us.anthropic.claude-haiku-4-5-20251001-v1:0';
export const SONNET = 'global.anthropic.claude-sonnet-5';

export const orderLookup = {
  name: 'order_lookup',
  description: 'Finds an order.',
  inputSchema: { type: 'object', properties: { number: { type: 'string' } }, required: ['number'] },
};

export function request(changes: Partial<ChatRequest> = {}): ChatRequest {
  return {
    model: HAIKU,
    region: null,
    system: { stable: 'You are on the phone.', changing: 'The caller is new.' },
    messages: [{ role: 'user', text: 'Hello?' }],
    tools: [],
    maxTokens: 300,
    temperature: 0.3,
    thinking: { style: 'none' },
    cache: false,
    callId: 'CA1',
    firstTokenTimeoutMs: 2_000,
    stallTimeoutMs: 3_000,
    ...changes,
  };
}

export interface UnderTest {
  emulator: BedrockEmulator;
  chat: BedrockChat;
  clock: SimulatedClock;
}

/** The real SDK against the emulator, with limits on simulated time. */
export async function start(
  options: BedrockChatOptions = {},
  emulation: BedrockEmulatorOptions = {},
): Promise<UnderTest & AsyncDisposable> {
  const emulator = await startBedrockEmulator(emulation);
  const clock = new SimulatedClock();
  const chat = openBedrockChat({
    endpoint: emulator.url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: new Secret('test-secret') },
    clock,
    ...options,
  });
  return {
    emulator,
    chat,
    clock,
    async [Symbol.asyncDispose]() {
      await chat.close();
      await emulator.close();
    },
  };
}

export interface Outcome {
  events: ChatEvent[];
  text: string;
  error: ProviderError | null;
}

/** Reads a reply to its end. `seen` is called after each event. */
export async function collect(
  chat: ChatProvider,
  asked: ChatRequest,
  signal: AbortSignal = new AbortController().signal,
  seen: (events: ChatEvent[]) => void = () => {},
): Promise<Outcome> {
  const events: ChatEvent[] = [];
  let error: ProviderError | null = null;
  try {
    for await (const event of chat.stream(asked, signal)) {
      events.push(event);
      seen(events);
    }
  } catch (thrown) {
    if (!(thrown instanceof ProviderError)) throw thrown;
    error = thrown;
  }
  const text = events.map(event => (event.type === 'text' ? event.text : '')).join('');
  return { events, text, error };
}
