import { createHmac } from 'node:crypto';
import type { Secret } from '../secret.ts';

const CHARACTERS = 32;

/**
 * Names a caller within a company without their number. Keyed: there are so few numbers that a plain hash could be searched.
 * With another master key the same callers get other names. Null for a withheld number.
 */
export function userRefs(masterKey: Secret): (companyId: string, number: string) => string | null {
  const key = createHmac('sha256', masterKey.reveal()).update('caller references').digest();
  return (companyId, number) =>
    /^\+\d{5,15}$/.test(number)
      ? createHmac('sha256', key)
          .update(JSON.stringify([companyId, number]))
          .digest('hex')
          .slice(0, CHARACTERS)
      : null;
}
