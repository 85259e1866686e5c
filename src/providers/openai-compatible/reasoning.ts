import type { ChatReasoning } from '../../language/chat.ts';
import type { ReasoningDetail } from './chunk.ts';

/**
 * Puts signed reasoning together. OpenRouter wants it back unchanged in a tool round as `reasoning_details`; reasoning without
 * a signature is of no use there and is left out.
 */
export class Reasoning {
  readonly #blocks = new Map<number, { text: string; signature: string; redacted: string }>();

  add(detail: ReasoningDetail): void {
    const index = detail.index ?? 0;
    const block = this.#blocks.get(index) ?? { text: '', signature: '', redacted: '' };
    this.#blocks.set(index, block);
    if (detail.type === 'reasoning.encrypted') block.redacted += detail.data ?? '';
    if (detail.type !== 'reasoning.text') return;
    block.text += detail.text ?? '';
    block.signature += detail.signature ?? '';
  }

  finish(): ChatReasoning[] {
    return [...this.#blocks.values()].flatMap(({ text, signature, redacted }): ChatReasoning[] => [
      ...(signature ? [{ text, signature }] : []),
      ...(redacted ? [{ redacted }] : []),
    ]);
  }
}

export function toReasoningDetails(reasoning: readonly ChatReasoning[]): ReasoningDetail[] {
  return reasoning.map((block, index) =>
    'redacted' in block
      ? { type: 'reasoning.encrypted', index, data: block.redacted }
      : { type: 'reasoning.text', index, text: block.text, signature: block.signature },
  );
}
