import { z } from 'zod';

const tokens = z.int().nonnegative();

/** What the model took for a reply, as its provider told it. */
const spentSchema = z.object({
  model: z.string(),
  inputTokens: tokens,
  outputTokens: tokens,
  /** Null where nobody knows the price. */
  costUsd: z.number().nonnegative().nullable(),
});

/** A reply as it is kept. What a store gives is not trusted to be one. */
const schema = z.object({
  reply: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('words'), text: z.string().min(1) }),
    z.object({ kind: z.literal('choice'), event: z.string().min(1) }),
  ]),
  /** Milliseconds since the Unix epoch. */
  keptAt: z.number(),
  until: z.number(),
  spent: spentSchema,
  /** Whether a caller had asked, or it was asked before any did. */
  by: z.enum(['caller', 'prefetch']),
});

export type KeptReply = z.infer<typeof schema>;
export type Reply = KeptReply['reply'];
export type Spent = z.infer<typeof spentSchema>;

export function writeReply(kept: KeptReply): string {
  return JSON.stringify(kept);
}

/** Null when it is none, whatever it is. */
export function readReply(text: string): KeptReply | null {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
