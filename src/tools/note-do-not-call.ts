import type { Tool } from '../../runtime/ports.ts';
import { OncePerRequest, pause } from './back-office.ts';
import { notesOf } from './notes.ts';
import type { ToolWorld } from './tool-world.ts';

/** Notes that the number of this very call is not to be called again. It needs nothing but the call, so that whoever has answered may ask for it. */
export function openNoteDoNotCall(world: ToolWorld): Tool {
  const notes = notesOf(world);
  const requests = new OncePerRequest<{ noted: true }>();
  return {
    name: 'noteDoNotCall',
    description: 'Notes that the number of this call is not to be called again.',
    changes: true,
    letFinish: true,
    inputSchema: { type: 'object', properties: {}, additionalProperties: false },
    timeoutMs: 5_000,
    async run(_input, context) {
      await pause(world, context.signal);
      return requests.do(context, () => {
        notes.add({ kind: 'doNotCall', callId: context.callId });
        return { noted: true };
      });
    },
  };
}
