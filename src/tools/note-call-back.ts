import type { Tool } from '../../runtime/ports.ts';
import { OncePerRequest, pause, readDigits, readOneOf, readText } from './back-office.ts';
import { notesOf } from './notes.ts';
import type { ToolWorld } from './tool-world.ts';

export const callBackTimes = ['morning', 'afternoon'] as const;

/** Notes that somebody calls the customer back on the next working day. */
export function openNoteCallBack(world: ToolWorld): Tool {
  const notes = notesOf(world);
  const requests = new OncePerRequest<{ noted: true }>();
  return {
    name: 'noteCallBack',
    description:
      'Notes that a person calls this phone number back tomorrow, in the morning or in the afternoon.',
    changes: true,
    letFinish: true,
    inputSchema: {
      type: 'object',
      properties: {
        phoneNumber: { type: 'string', pattern: '^[0-9]{10}$' },
        callerName: { type: 'string' },
        callBackTime: { type: 'string', enum: [...callBackTimes] },
      },
      required: ['phoneNumber', 'callBackTime'],
      additionalProperties: false,
    },
    timeoutMs: 5_000,
    async run(input, context) {
      const phoneNumber = readDigits('noteCallBack', 'phoneNumber', input.phoneNumber, 10);
      const callBackTime = readOneOf('noteCallBack', 'callBackTime', input.callBackTime, callBackTimes);
      const callerName = readText('noteCallBack', 'callerName', input.callerName);
      await pause(world, context.signal);
      return requests.do(context, () => {
        notes.add({ kind: 'callBack', phoneNumber, callerName, callBackTime });
        return { noted: true };
      });
    },
  };
}
