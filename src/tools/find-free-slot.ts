import type { Tool } from '../../runtime/ports.ts';
import { pause, readOneOf, readText } from './back-office.ts';
import { days, diaryOf, partsOfDay, slotTime } from './diary.ts';
import type { ToolWorld } from './tool-world.ts';

/**
 * Looks for a free time. The answer has `found` and, when there is one anywhere in the week, `hasOther`, `day` and `time`: of
 * the wanted day, and half of it if one is given, when it was found; else the next one after it.
 */
export function openFindFreeSlot(world: ToolWorld): Tool {
  const diary = diaryOf(world);
  return {
    name: 'findFreeSlot',
    description:
      'Finds a free appointment on a day, in the morning or afternoon if one is given, after a time if one is given. When that is full, answers with the next free day and time.',
    inputSchema: {
      type: 'object',
      properties: {
        day: { type: 'string', enum: [...days] },
        partOfDay: { type: 'string', enum: [...partsOfDay] },
        after: { type: 'string', description: 'A time that does not suit the caller, as "9:30 AM".' },
      },
      required: ['day'],
      additionalProperties: false,
    },
    timeoutMs: 5_000,
    async run(input, { signal }) {
      const day = readOneOf('findFreeSlot', 'day', input.day, days);
      const half = readText('findFreeSlot', 'partOfDay', input.partOfDay);
      const partOfDay = half === null ? null : readOneOf('findFreeSlot', 'partOfDay', half, partsOfDay);
      const after = readText('findFreeSlot', 'after', input.after);
      if (after !== null && !new RegExp(slotTime).test(after))
        throw new TypeError('findFreeSlot takes after as a time, as "9:30 AM".');
      await pause(world, signal);

      const slot = diary.freeOn(day, partOfDay, after);
      if (slot) return { found: true, hasOther: false, ...slot };
      const other = diary.freeAfter(day, partOfDay, after);
      return other ? { found: false, hasOther: true, ...other } : { found: false, hasOther: false };
    },
  };
}
