import type { Tool } from '../../runtime/ports.ts';
import { accountNumberSchema } from './accounts.ts';
import { OncePerRequest, pause, readDigits, readOneOf } from './back-office.ts';
import { notesOf } from './notes.ts';
import type { ToolWorld } from './tool-world.ts';

export const payDays = ['today', 'tomorrow', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday'] as const;

/** Notes on which day a customer has promised to pay. */
export function openNotePaymentPromise(world: ToolWorld): Tool {
  const notes = notesOf(world);
  const requests = new OncePerRequest<{ noted: true }>();
  return {
    name: 'notePaymentPromise',
    description: 'Notes on which day the customer will pay what is owed on an account.',
    changes: true,
    letFinish: true,
    inputSchema: {
      type: 'object',
      properties: { accountNumber: accountNumberSchema, payDay: { type: 'string', enum: [...payDays] } },
      required: ['accountNumber', 'payDay'],
      additionalProperties: false,
    },
    timeoutMs: 5_000,
    async run(input, context) {
      const accountNumber = readDigits('notePaymentPromise', 'accountNumber', input.accountNumber, 6);
      const payDay = readOneOf('notePaymentPromise', 'payDay', input.payDay, payDays);
      await pause(world, context.signal);
      return requests.do(context, () => {
        notes.add({ kind: 'paymentPromise', accountNumber, payDay });
        return { noted: true };
      });
    },
  };
}
