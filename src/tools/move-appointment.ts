import type { Tool } from '../../runtime/ports.ts';
import { OncePerRequest, pause, readDigits, readOneOf, readText } from './back-office.ts';
import { days, diaryOf } from './diary.ts';
import type { ToolWorld } from './tool-world.ts';

/** Moves the caller's appointment. `moved` is false, and nothing has changed, when the new time is taken or there is no appointment. */
export function openMoveAppointment(world: ToolWorld): Tool {
  const diary = diaryOf(world);
  const requests = new OncePerRequest<{ moved: boolean }>();
  return {
    name: 'moveAppointment',
    description: 'Moves the appointment that is booked under a phone number to a free time.',
    changes: true,
    letFinish: true,
    inputSchema: {
      type: 'object',
      properties: {
        phoneNumber: { type: 'string', pattern: '^[0-9]{10}$' },
        day: { type: 'string', enum: [...days] },
        time: { type: 'string', description: 'As findFreeSlot gave it: "9:30 AM".' },
      },
      required: ['phoneNumber', 'day', 'time'],
      additionalProperties: false,
    },
    timeoutMs: 5_000,
    async run(input, context) {
      const phoneNumber = readDigits('moveAppointment', 'phoneNumber', input.phoneNumber, 10);
      const day = readOneOf('moveAppointment', 'day', input.day, days);
      const time = readText('moveAppointment', 'time', input.time);
      if (time === null) throw new TypeError('moveAppointment needs a time, as "9:30 AM".');
      await pause(world, context.signal);
      return requests.do(context, () => ({ moved: diary.move(phoneNumber, day, time) }));
    },
  };
}
