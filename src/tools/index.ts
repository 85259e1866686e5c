import type { Tool } from '../../runtime/ports.ts';
import { openBookAppointment } from './book-appointment.ts';
import { openCancelAppointment } from './cancel-appointment.ts';
import { openFindAdvice } from './find-advice.ts';
import { openFindAppointment } from './find-appointment.ts';
import { openFindFreeSlot } from './find-free-slot.ts';
import { openLookUpBalance } from './look-up-balance.ts';
import { openMoveAppointment } from './move-appointment.ts';
import { openNoteCallBack } from './note-call-back.ts';
import { openNoteDoNotCall } from './note-do-not-call.ts';
import { openNotePaymentPromise } from './note-payment-promise.ts';
import { openOrderLookup } from './order-lookup.ts';
import { openTestLine } from './test-line.ts';
import type { ToolWorld } from './tool-world.ts';
import { openVerifyPerson } from './verify-person.ts';

/** One line for each tool. */
const openers: readonly ((world: ToolWorld) => Tool)[] = [
  openOrderLookup,
  openFindFreeSlot,
  openBookAppointment,
  openFindAppointment,
  openMoveAppointment,
  openCancelAppointment,
  openTestLine,
  openFindAdvice,
  openNoteCallBack,
  openVerifyPerson,
  openLookUpBalance,
  openNotePaymentPromise,
  openNoteDoNotCall,
];

/** Every tool that flows may name in `meta.tool`, by its name. */
export function openTools(world: ToolWorld): ReadonlyMap<string, Tool> {
  return new Map(openers.map(open => open(world)).map(tool => [tool.name, tool]));
}
