import type { Tool } from '../../runtime/ports.ts';
import { pause, readDigits } from './back-office.ts';
import sampleLines from './sample-lines.json' with { type: 'json' };
import type { ToolWorld } from './tool-world.ts';

/** How a customer's line is; `repairedBy` fits into "It should work again by …". */
export interface LineCondition {
  phoneNumber: string;
  condition: string;
  repairedBy?: string;
}

/** Tests the line of a customer: `condition` is good, weak, outage (with `repairedBy`) or unknown. */
export function openTestLine(world: ToolWorld, lines: readonly LineCondition[] = sampleLines): Tool {
  const byNumber = new Map(lines.map(line => [line.phoneNumber, line]));
  return {
    name: 'testLine',
    description:
      'Tests the internet line of the customer with this phone number. Answers its condition: good, weak, outage (with when it is repaired) or unknown.',
    inputSchema: {
      type: 'object',
      properties: { phoneNumber: { type: 'string', pattern: '^[0-9]{10}$' } },
      required: ['phoneNumber'],
      additionalProperties: false,
    },
    timeoutMs: 8_000,
    async run(input, { signal }) {
      const phoneNumber = readDigits('testLine', 'phoneNumber', input.phoneNumber, 10);
      await pause(world, signal);
      const { condition, repairedBy } = byNumber.get(phoneNumber) ?? { condition: 'unknown' };
      return { condition, ...(repairedBy !== undefined && { repairedBy }) };
    },
  };
}
