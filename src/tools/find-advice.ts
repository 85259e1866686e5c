import type { Tool } from '../../runtime/ports.ts';
import { pause, readOneOf } from './back-office.ts';
import sampleAdvice from './sample-advice.json' with { type: 'json' };
import type { ToolWorld } from './tool-world.ts';

export const symptoms = ['noInternet', 'slow', 'drops', 'noWifi'] as const;

/** What the help desk's handbook says about a symptom, as `advice`: a sentence that can be spoken. */
export function openFindAdvice(world: ToolWorld): Tool {
  return {
    name: 'findAdvice',
    description: "Looks up in the help desk's handbook what to try about a symptom.",
    inputSchema: {
      type: 'object',
      properties: { symptom: { type: 'string', enum: [...symptoms] } },
      required: ['symptom'],
      additionalProperties: false,
    },
    timeoutMs: 5_000,
    async run(input, { signal }) {
      const symptom = readOneOf('findAdvice', 'symptom', input.symptom, symptoms);
      await pause(world, signal);
      return { advice: sampleAdvice[symptom] };
    },
  };
}
