import type { ScriptedReply } from '../../src/emulators/bedrock/script.ts';
import type { Answer } from '../../src/emulators/openai-compatible/answer.ts';

interface Thought {
  /** What is said before the tool is called. */
  words: string;
  tool: string;
  input: Record<string, string>;
}

/** What each thing that a caller says comes to. Two sentences each, so that a fault can strike between them. */
const thoughts: readonly [said: RegExp, thought: Thought][] = [
  [
    /one zero two four/,
    {
      words: 'Thank you very much for that. I will read it back to you now.',
      tool: 'saysNumber',
      input: { orderNumber: '1024' },
    },
  ],
  [/wrong/, { words: 'I am sorry about that. We will try it once again.', tool: 'deniesNumber', input: {} }],
  [
    /yes/,
    {
      words: 'Very good, we have that settled then. Now I will see what I can find.',
      tool: 'confirmsNumber',
      input: {},
    },
  ],
  [
    /no thanks/,
    {
      words: 'It was a pleasure to help you today. Have a very nice day.',
      tool: 'needsNothingElse',
      input: {},
    },
  ],
];

interface Conversation {
  /** Oldest first. */
  messages: readonly { role: string; text: string }[];
  tools: readonly string[];
}

/**
 * A model that knows one conversation. Asked to go on where a reply broke off, it goes on; `startsOver`: it says all of it
 * again, as models do.
 */
function think({ messages, tools }: Conversation, startsOver: boolean): Thought {
  const last = messages.at(-1)?.text ?? '';
  const broke = last.includes('The line broke off');
  const asked = (broke ? messages.at(-3)?.text : last) ?? '';
  const said = [...asked.matchAll(/<caller>(.*?)<\/caller>/gs)].at(-1)?.[1] ?? '';
  const thought = thoughts.find(
    ([words, { tool }]) => words.test(said.toLowerCase()) && tools.includes(tool),
  )?.[1];
  if (!thought) return { words: 'What else can I do for you?', tool: '', input: {} };
  if (!broke || startsOver) return thought;
  const begun = messages.at(-2)?.text ?? '';
  return { ...thought, words: thought.words.slice(begun.length).trimStart() };
}

/** As the Bedrock emulator answers. */
export function bedrockBrain(_modelId: string, body: unknown): ScriptedReply {
  const { messages, toolConfig } = body as {
    messages: { role: string; content: { text?: string }[] }[];
    toolConfig?: { tools: { toolSpec?: { name: string } }[] };
  };
  const { words, tool, input } = think(
    {
      messages: messages.map(({ role, content }) => ({
        role,
        text: content.map(({ text = '' }) => text).join('\n'),
      })),
      tools: toolConfig?.tools.map(({ toolSpec }) => toolSpec?.name ?? '') ?? [],
    },
    false,
  );
  return {
    parts: [...(words ? [{ text: words }] : []), ...(tool ? [{ tool, id: 'tooluse_scripted', input }] : [])],
  };
}

type OpenAiContent = string | { text?: string }[] | null;

/** As the OpenAI-compatible emulator answers. */
export function openAiBrain(startsOver: boolean): (body: Record<string, unknown>) => Answer {
  return body => {
    const { messages, tools = [] } = body as {
      messages: { role: string; content: OpenAiContent }[];
      tools?: { function: { name: string } }[];
    };
    const { words, tool, input } = think(
      {
        messages: messages.map(({ role, content }) => ({ role, text: textOf(content) })),
        tools: tools.map(each => each.function.name),
      },
      startsOver,
    );
    return {
      text: words,
      ...(tool && { toolCalls: [{ id: 'call_scripted', name: tool, arguments: JSON.stringify(input) }] }),
    };
  };
}

function textOf(content: OpenAiContent): string {
  return typeof content === 'string' ? content : (content ?? []).map(({ text = '' }) => text).join('\n');
}
