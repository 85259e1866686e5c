import type { z } from 'zod';
import type { HttpRequest, HttpResponse } from '../../runtime/cloud/transport.ts';
import { errorResponse } from './json-response.ts';

/** The body as `form` has it, or the refusal to answer with. The message never quotes the body: a key may be in it. */
export function readBody<Form extends z.ZodType>(
  { body }: HttpRequest,
  form: Form,
  wanted: string,
): { body: z.output<Form> } | { refuse: HttpResponse } {
  let value: unknown;
  try {
    value = body.length === 0 ? {} : JSON.parse(body.toString('utf8'));
  } catch {
    return { refuse: errorResponse(400, `Send JSON: ${wanted}.`) };
  }
  const read = form.safeParse(value);
  return read.success ? { body: read.data } : { refuse: errorResponse(400, `Send ${wanted}.`) };
}
