import { z } from 'zod';
import { CompanyKeyError } from './company-key-error.ts';

/** What may be asked of a company's administration. Every message completes the field's name, and holds no value. */
const wanted = (what: string) => ({ error: `write ${what}.` });
const matching = (rule: RegExp, what: string) => z.string(wanted(what)).regex(rule, wanted(what));
const oneOf = <const Name extends string>(...names: Name[]) =>
  z.enum(names, wanted(`one of ${names.join(', ')}`));

const MAX_USD = 1_000_000;
const DEFAULT_WARN_FRACTION = 0.8;
const WANTED_USD = `US dollars from 0 to ${MAX_USD}, or null for no limit`;
const usd = z
  .number(wanted(WANTED_USD))
  .min(0, wanted(WANTED_USD))
  .max(MAX_USD, wanted(WANTED_USD))
  .nullable();
const reset = oneOf('daily', 'weekly', 'monthly').nullable();

/** As the file of agents names companies. */
export const companyId = matching(
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
  "a company's id of up to 63 letters, digits, dots, dashes and underscores",
);

export const savedCompany = strict({
  name: matching(/^[^\0\n\r]{1,100}$/, 'a name of up to 100 characters'),
});

export const mintedKey = strict({ limitUsd: usd, reset: reset.default('monthly') });

/** What is left out stays as it is at the provider. */
export const rotatedKey = strict({ limitUsd: usd.optional(), reset: reset.optional() });

export const broughtKey = strict({
  key: matching(/^[\x21-\x7e]{16,512}$/, 'the key alone: 16 to 512 characters without a space'),
});

export const setLimit = strict({
  scope: oneOf('company', 'department', 'user', 'conversation'),
  subject: matching(/^[^\0\n\r]{1,200}$/, 'a name of up to 200 characters, or * for each').default('*'),
  period: oneOf('day', 'week', 'month', 'total'),
  limitUsd: usd,
  warnFraction: z
    .number(wanted('a part from 0 to 1'))
    .min(0, wanted('a part from 0 to 1'))
    .max(1, wanted('a part from 0 to 1'))
    .default(DEFAULT_WARN_FRACTION),
}).refine(({ scope, subject }) => scope !== 'company' || subject === '*', {
  path: ['subject'],
  error: 'leave it out; a company has one limit for each period.',
});

export type SavedCompany = z.input<typeof savedCompany>;
export type MintRequest = z.input<typeof mintedKey>;
export type RotateRequest = z.input<typeof rotatedKey>;
export type LimitRequest = z.input<typeof setLimit>;

/** Throws `REQUEST_INVALID` with every fault. */
export function readRequest<Schema extends z.ZodType>(schema: Schema, given: unknown): z.output<Schema> {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) =>
    path.length > 0 ? `${path.join('.')}: ${message}` : message,
  );
  throw new CompanyKeyError('REQUEST_INVALID', problems.join(' '));
}

function strict<Shape extends z.core.$ZodShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: issue =>
      issue.code === 'unrecognized_keys'
        ? `There is a field too many; these may be given: ${Object.keys(shape).join(', ')}.`
        : `Write a JSON object with ${Object.keys(shape).join(', ')}.`,
  });
}
