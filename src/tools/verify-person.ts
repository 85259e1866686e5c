import type { Tool } from '../../runtime/ports.ts';
import { type Account, accounts as sampleAccounts } from './accounts.ts';
import { pause, readDigits } from './back-office.ts';
import type { ToolWorld } from './tool-world.ts';

/** Nobody who guesses gets further. */
const MOST_TRIES = 2;
/** Of so many calls the tries are remembered. */
const MOST_CALLS = 10_000;

/**
 * Says whether these are the postcode and year of birth of a customer: `{ verified: true, accountNumber }`, or `{ verified:
 * false, mayTryAgain }`. A call has two tries; the same request again is the same try.
 */
export function openVerifyPerson(world: ToolWorld, accounts: readonly Account[] = sampleAccounts): Tool {
  const failedTries = new Map<string, Set<string>>();
  return {
    name: 'verifyPerson',
    description: 'Checks by postcode and year of birth whether the person on the line is the customer.',
    inputSchema: {
      type: 'object',
      properties: {
        postcode: { type: 'string', pattern: '^[0-9]{5}$' },
        birthYear: { type: 'string', pattern: '^[0-9]{4}$' },
      },
      required: ['postcode', 'birthYear'],
      additionalProperties: false,
    },
    timeoutMs: 5_000,
    async run(input, { callId, idempotencyKey, signal }) {
      const postcode = readDigits('verifyPerson', 'postcode', input.postcode, 5);
      const birthYear = readDigits('verifyPerson', 'birthYear', input.birthYear, 4);
      await pause(world, signal);

      const tries = failedTries.get(callId) ?? new Set();
      const isTooOften = tries.size >= MOST_TRIES && !tries.has(idempotencyKey);
      const account = accounts.find(one => one.postcode === postcode && one.birthYear === birthYear);
      if (account && !isTooOften) return { verified: true, accountNumber: account.accountNumber };

      tries.add(idempotencyKey);
      failedTries.set(callId, tries);
      const [oldest] = failedTries.keys();
      if (failedTries.size > MOST_CALLS && oldest !== undefined) failedTries.delete(oldest);
      return { verified: false, mayTryAgain: tries.size < MOST_TRIES };
    },
  };
}
