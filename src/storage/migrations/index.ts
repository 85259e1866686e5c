import { sql as calls } from './0001-calls.ts';
import { sql as companyKeys } from './0002-company-keys.ts';
import { sql as flows } from './0003-flows.ts';
import { sql as moving } from './0004-moving.ts';

export interface Migration {
  /** Kept in the database: never rename or edit one that was released, add another. */
  name: string;
  sql: string;
}

/** In the order in which they run. */
export const migrations: readonly Migration[] = [
  { name: '0001-calls', sql: calls },
  { name: '0002-company-keys', sql: companyKeys },
  { name: '0003-flows', sql: flows },
  { name: '0004-moving', sql: moving },
];
