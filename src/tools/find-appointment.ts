import type { Tool } from '../../runtime/ports.ts';
import { pause, readDigits } from './back-office.ts';
import { diaryOf } from './diary.ts';
import type { ToolWorld } from './tool-world.ts';

/** Finds the caller's appointment: `{ found: false }`, or `bookedReason`, `bookedDay` and `bookedTime` with it, in words for a sentence. */
export function openFindAppointment(world: ToolWorld): Tool {
  const diary = diaryOf(world);
  return {
    name: 'findAppointment',
    description: 'Finds the appointment that is booked under a phone number: what for, its day and its time.',
    inputSchema: {
      type: 'object',
      properties: { phoneNumber: { type: 'string', pattern: '^[0-9]{10}$' } },
      required: ['phoneNumber'],
      additionalProperties: false,
    },
    timeoutMs: 5_000,
    async run(input, { signal }) {
      const phoneNumber = readDigits('findAppointment', 'phoneNumber', input.phoneNumber, 10);
      await pause(world, signal);
      const booked = diary.appointmentOf(phoneNumber);
      if (!booked) return { found: false };
      return {
        found: true,
        bookedReason: `${/^[aeiou]/.test(booked.reason) ? 'an' : 'a'} ${booked.reason}`,
        bookedDay: booked.day.charAt(0).toUpperCase() + booked.day.slice(1),
        bookedTime: booked.time,
      };
    },
  };
}
