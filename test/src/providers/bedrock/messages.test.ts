import type { ContentBlock } from '@aws-sdk/client-bedrock-runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkConversation } from '../../../../src/emulators/bedrock/conversation.ts';
import { converseBody } from '../../../../src/emulators/bedrock/converse-body.ts';
import type { ChatMessage, ChatToolCall } from '../../../../src/language/chat.ts';
import { toConverseMessages } from '../../../../src/providers/bedrock/messages.ts';
import { toConverseStream } from '../../../../src/providers/bedrock/request.ts';
import { orderLookup, request } from './under-test.ts';

const words = fc.oneof(fc.constantFrom('', ' ', '\n'), fc.string({ minLength: 1, unit: 'grapheme' }));
/** Few, so that they collide, and some that Bedrock does not take. */
const toolId = fc.constantFrom(
  'tooluse_1',
  'tooluse_2',
  'CA1:1:0',
  'CA1_1_0',
  '',
  'é'.repeat(80),
  'x'.repeat(70),
);
const call: fc.Arbitrary<ChatToolCall> = fc.record({
  id: toolId,
  name: fc.constantFrom('order_lookup', 'transfer'),
  input: fc.dictionary(fc.string(), fc.string(), { maxKeys: 2 }),
});
const message: fc.Arbitrary<ChatMessage> = fc.oneof(
  fc.record({ role: fc.constant('user' as const), text: words }),
  fc.record(
    {
      role: fc.constant('assistant' as const),
      text: words,
      toolCalls: fc.array(call, { maxLength: 3 }),
      reasoning: fc.array(fc.constant({ text: 'Hm.', signature: 'c2ln' }), { maxLength: 2 }),
    },
    { requiredKeys: ['role', 'text'] },
  ),
  fc.record({
    role: fc.constant('tool' as const),
    toolCallId: toolId,
    name: fc.constant('order_lookup'),
    result: words,
    isError: fc.boolean(),
  }),
);
const conversation = fc.array(message, { maxLength: 12 });

function textsOf(blocks: readonly ContentBlock[]): string {
  return blocks.map(block => block.text ?? block.toolResult?.content?.[0]?.text ?? '').join('\n');
}

describe('any conversation', () => {
  it('becomes one that keeps every rule of Bedrock, with tools and without, and with a thinking budget', () => {
    const thinking = fc.constantFrom({ style: 'none' } as const, { style: 'budget', tokens: 1_024 } as const);
    fc.assert(
      fc.property(conversation, fc.boolean(), thinking, (messages, hasTools, style) => {
        const tools = hasTools ? [orderLookup] : [];
        const { modelId: _, ...body } = toConverseStream(request({ messages, tools, thinking: style }));
        const thinks = body.additionalModelRequestFields !== undefined;
        // Over the wire and back: bytes become base64.
        const read = converseBody.parse(JSON.parse(JSON.stringify(body)));
        expect(checkConversation(read, { prefill: false, signed: thinks })).toBeNull();
      }),
      { numRuns: 500 },
    );
  });

  it('loses no words and no result, and is left as it was', () => {
    fc.assert(
      fc.property(conversation, fc.boolean(), (messages, hasTools) => {
        const before = structuredClone(messages);
        const all = toConverseMessages(messages, hasTools)
          .flatMap(({ content = [] }) => textsOf(content))
          .join('\n');
        for (const given of messages) {
          const text = given.role === 'tool' ? given.result : given.text;
          if (text.trim() !== '') expect(all).toContain(text);
        }
        expect(messages).toEqual(before);
      }),
    );
  });

  it('puts each result with its own call', () => {
    fc.assert(
      fc.property(fc.uniqueArray(toolId, { minLength: 1, maxLength: 4 }), fc.integer(), (ids, seed) => {
        const calls = ids.map(id => ({ id, name: 'order_lookup', input: { of: id } }));
        const results = ids.map(
          id =>
            ({
              role: 'tool',
              toolCallId: id,
              name: 'order_lookup',
              result: `for ${id}`,
              isError: false,
            }) as const,
        );
        const shuffled = [
          ...results.slice(Math.abs(seed) % ids.length),
          ...results.slice(0, Math.abs(seed) % ids.length),
        ];
        const [, assistant, user] = toConverseMessages(
          [{ role: 'user', text: 'Go.' }, { role: 'assistant', text: '', toolCalls: calls }, ...shuffled],
          true,
        );
        const inputs = new Map(
          assistant?.content?.map(({ toolUse }) => [
            toolUse?.toolUseId,
            (toolUse?.input as { of: string } | undefined)?.of,
          ]),
        );
        expect(user?.content).toHaveLength(ids.length);
        for (const { toolResult } of user?.content ?? [])
          expect(toolResult?.content?.[0]?.text).toBe(`for ${inputs.get(toolResult?.toolUseId)}`);
      }),
    );
  });
});

it('begins with the user where the agent greeted first, and ends with the user where it goes on by itself', () => {
  const messages: ChatMessage[] = [{ role: 'assistant', text: 'Good morning.' }];
  expect(toConverseMessages(messages, false)).toEqual([
    { role: 'user', content: [{ text: '(The call begins.)' }] },
    { role: 'assistant', content: [{ text: 'Good morning.' }] },
    { role: 'user', content: [{ text: '(Please go on.)' }] },
  ]);
});

it('joins what one side said in several pieces', () => {
  const messages: ChatMessage[] = [
    { role: 'user', text: 'My order' },
    { role: 'assistant', text: ' ' },
    { role: 'user', text: 'number 42' },
  ];
  expect(toConverseMessages(messages, true)).toEqual([
    { role: 'user', content: [{ text: 'My order' }, { text: 'number 42' }] },
  ]);
});

it('tells tools as text where none are offered, in the user’s name so that the model does not copy it', () => {
  const messages: ChatMessage[] = [
    { role: 'user', text: 'Where is it?' },
    {
      role: 'assistant',
      text: 'A moment.',
      toolCalls: [{ id: '1', name: 'order_lookup', input: { number: '42' } }],
    },
    { role: 'tool', toolCallId: '1', name: 'order_lookup', result: 'today', isError: false },
  ];
  expect(toConverseMessages(messages, false)).toEqual([
    { role: 'user', content: [{ text: 'Where is it?' }] },
    { role: 'assistant', content: [{ text: 'A moment.' }] },
    { role: 'user', content: [{ text: '(Result of order_lookup for {"number":"42"}: today)' }] },
  ]);
});

it('keeps signed reasoning in the present tool round only, words of the caller during it included', () => {
  const reasoning = [{ text: 'Hm.', signature: 'c2ln' }];
  const round = (id: string): ChatMessage[] => [
    { role: 'user', text: 'Where is it?' },
    { role: 'assistant', text: '', reasoning, toolCalls: [{ id, name: 'order_lookup', input: {} }] },
    { role: 'tool', toolCallId: id, name: 'order_lookup', result: 'today', isError: false },
  ];
  const messages = [
    ...round('a'),
    { role: 'assistant', text: 'Today.' } as const,
    ...round('b'),
    { role: 'user', text: 'Hurry!' } as const,
  ];
  const kept = toConverseMessages(messages, true).map(({ content = [] }) =>
    content.some(block => block.reasoningContent),
  );
  expect(kept).toEqual([false, false, false, false, false, true, false]);
});
