import { appendFileSync, readFileSync } from 'node:fs';
import { flow } from '../../machines/flow.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Tool } from '../../runtime/ports.ts';

/** Asks for a time of day, and books once the caller has agreed: with a tool that changes something. */
export const booking = flow.createMachine({
  id: 'booking',
  context: { facts: {} },
  initial: 'asking',
  on: {
    'caller.leaves': { target: '.leaving', description: 'Nothing more.', meta: { phrases: ['no'] } },
    'caller.asksHours': {
      target: '.telling',
      description: 'When the house is open.',
      meta: { phrases: ['when do you open'] },
    },
  },
  states: {
    asking: {
      meta: {
        say: 'Good day, this is the Harbour Inn. Shall I book the table by the window for you?',
        ask: 'Shall I book the table?',
      },
      on: {
        'caller.agrees': { target: 'booking', description: 'Yes.', meta: { phrases: ['yes'] } },
      },
    },
    booking: {
      meta: { say: 'One second.', tool: { name: 'bookTable', input: {} } },
      on: {
        'tool.succeeded': { target: 'booked', actions: 'noteFacts' },
        'tool.failed': { target: 'unsure', actions: 'noteFacts' },
      },
    },
    booked: {
      meta: {
        say: 'Your table by the window is booked for tonight. Is there anything else that I can do for you?',
        ask: 'Anything else?',
      },
    },
    telling: {
      meta: {
        say: 'We open at six in the evening, every day but Monday, and the kitchen closes at ten. Anything else?',
        ask: 'Anything else?',
      },
    },
    unsure: { meta: { say: 'I cannot tell whether your table is booked. Anything else?' } },
    leaving: { meta: { say: 'Goodbye.', afterwards: 'hangUp' } },
  },
});

/** Writes every run into a file, which outlives the process, and then takes its time. */
export function bookTable(file: string, clock: Clock, delayMs: () => number): Tool {
  return {
    name: 'bookTable',
    description: 'Books a table.',
    changes: true,
    timeoutMs: 120_000,
    async run(_, { callId }) {
      appendFileSync(file, `${callId}\n`);
      await new Promise<void>(resolve => clock.setTimeout(resolve, delayMs()));
      return { table: 'window' };
    },
  };
}

/** How often a table was booked for the call. */
export function bookingsOf(file: string, callId: string): number {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(line => line === callId).length;
}
