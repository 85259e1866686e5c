import sampleAccounts from './sample-accounts.json' with { type: 'json' };

export interface Account {
  accountNumber: string;
  postcode: string;
  birthYear: string;
  /** As it is written, "$128.40"; null when nothing is owed. */
  amount: string | null;
  /** ISO 8601. */
  dueDate: string | null;
}

export const accounts: readonly Account[] = sampleAccounts;

export const accountNumberSchema = { type: 'string', pattern: '^[0-9]{6}$' };
