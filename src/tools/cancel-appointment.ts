import type { Tool } from '../../runtime/ports.ts';
import { OncePerRequest, pause, readDigits } from './back-office.ts';
import { diaryOf } from './diary.ts';
import type { ToolWorld } from './tool-world.ts';

/** Cancels the caller's appointment. `cancelled` is false when there is none. */
export function openCancelAppointment(world: ToolWorld): Tool {
  const diary = diaryOf(world);
  const requests = new OncePerRequest<{ cancelled: boolean }>();
  return {
    name: 'cancelAppointment',
    description: 'Cancels the appointment that is booked under a phone number.',
    changes: true,
    letFinish: true,
    inputSchema: {
      type: 'object',
      properties: { phoneNumber: { type: 'string', pattern: '^[0-9]{10}$' } },
      required: ['phoneNumber'],
      additionalProperties: false,
    },
    timeoutMs: 5_000,
    async run(input, context) {
      const phoneNumber = readDigits('cancelAppointment', 'phoneNumber', input.phoneNumber, 10);
      await pause(world, context.signal);
      return requests.do(context, () => ({ cancelled: diary.cancel(phoneNumber) !== null }));
    },
  };
}
