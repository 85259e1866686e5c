import type { Tool } from '../../runtime/ports.ts';
import { OncePerRequest, pause, readDigits, readOneOf, readText } from './back-office.ts';
import { days, diaryOf, reasons } from './diary.ts';
import type { ToolWorld } from './tool-world.ts';

/** Books a free time. `booked` is false when somebody else has taken it meanwhile. */
export function openBookAppointment(world: ToolWorld): Tool {
  const diary = diaryOf(world);
  const requests = new OncePerRequest<{ booked: boolean }>();
  return {
    name: 'bookAppointment',
    description: 'Books an appointment at a free time, for the caller with this phone number.',
    changes: true,
    letFinish: true,
    inputSchema: {
      type: 'object',
      properties: {
        phoneNumber: { type: 'string', pattern: '^[0-9]{10}$' },
        callerName: { type: 'string' },
        reason: { type: 'string', enum: [...reasons] },
        day: { type: 'string', enum: [...days] },
        time: { type: 'string', description: 'As findFreeSlot gave it: "9:30 AM".' },
      },
      required: ['phoneNumber', 'reason', 'day', 'time'],
      additionalProperties: false,
    },
    timeoutMs: 5_000,
    async run(input, context) {
      const phoneNumber = readDigits('bookAppointment', 'phoneNumber', input.phoneNumber, 10);
      const reason = readOneOf('bookAppointment', 'reason', input.reason, reasons);
      const day = readOneOf('bookAppointment', 'day', input.day, days);
      const time = readText('bookAppointment', 'time', input.time);
      if (time === null) throw new TypeError('bookAppointment needs a time, as "9:30 AM".');
      await pause(world, context.signal);
      return requests.do(context, () => ({ booked: diary.book({ phoneNumber, reason, day, time }) }));
    },
  };
}
