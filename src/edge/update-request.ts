import { z } from 'zod';
import type { CallUpdate } from '../../runtime/edge/update.ts';

const words = z.string().trim().min(1).max(1_000);
const MAX_PARAMETERS = 20;

/** The body of an update of a live call. */
export const callUpdate = z
  .strictObject({
    whisper: words.optional(),
    say: words.optional(),
    parameters: z
      .record(z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/), z.string().max(499))
      .refine(given => Object.keys(given).length <= MAX_PARAMETERS, {
        error: `give at most ${MAX_PARAMETERS} parameters.`,
      })
      .optional(),
    end: z.enum(['goodbye', 'now']).optional(),
  })
  .refine(update => Object.values(update).some(value => value !== undefined), {
    error: 'write one of whisper, say, parameters and end.',
  })
  .transform(update => update as CallUpdate);
