import type { Tool } from '../../runtime/ports.ts';
import { type Account, accountNumberSchema, accounts as sampleAccounts } from './accounts.ts';
import { pause, readDigits } from './back-office.ts';
import type { ToolWorld } from './tool-world.ts';

/** What is owed on an account: `{ owes: true, amount, dueDate }`, or `{ owes: false }`. */
export function openLookUpBalance(world: ToolWorld, accounts: readonly Account[] = sampleAccounts): Tool {
  return {
    name: 'lookUpBalance',
    description: 'Looks up how much is owed on an account and since when.',
    inputSchema: {
      type: 'object',
      properties: { accountNumber: accountNumberSchema },
      required: ['accountNumber'],
      additionalProperties: false,
    },
    timeoutMs: 5_000,
    async run(input, { signal }) {
      const accountNumber = readDigits('lookUpBalance', 'accountNumber', input.accountNumber, 6);
      await pause(world, signal);
      const account = accounts.find(one => one.accountNumber === accountNumber);
      if (!account) throw new Error('lookUpBalance knows no account with this accountNumber.');
      const { amount, dueDate } = account;
      return amount === null ? { owes: false } : { owes: true, amount, dueDate };
    },
  };
}
