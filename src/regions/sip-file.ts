import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { placeOfCountry } from './countries.ts';
import { MARKETS, type SipPartner } from './sip-partners.ts';

const text = (wanted: string) =>
  z.string({ error: `write ${wanted}.` }).min(1, { error: `write ${wanted}.` });
const partner = z.strictObject(
  {
    name: text('a name').regex(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,62}$/, {
      error: 'write a name of up to 63 letters, digits, spaces, dots, dashes and underscores.',
    }),
    market: z.enum(MARKETS, { error: `write one of ${MARKETS.join(', ')}.` }),
    role: z.enum(['primary', 'backup'], { error: 'write primary or backup.' }),
    countries: z
      .array(
        text('a country, as DE').refine(code => /^[A-Z]{2}$/.test(code) && placeOfCountry(code) !== null, {
          error: 'write an ISO 3166-1 code in capitals, as DE.',
        }),
        { error: 'write an array of countries.' },
      )
      .min(1, { error: 'write a country.' }),
    features: z.array(text('a feature'), { error: 'write an array of features.' }).default([]),
    usdPerMinute: z.number({ error: 'write US dollars, as 0.012.' }).min(0, { error: 'write 0 or more.' }),
    healthUrl: z
      .url({ protocol: /^https?$/, error: 'write an http(s) address, or null.' })
      .nullable()
      .default(null),
  },
  {
    error: issue =>
      issue.code === 'unrecognized_keys'
        ? `there is no field ${issue.keys.join(', ')}: correct its name, or leave it out.`
        : 'write an object with the fields of a partner.',
  },
);

const file = z
  .array(partner, { error: 'write an array of partners.' })
  .min(1, { error: 'write a partner, or leave SIP_PARTNERS out.' })
  .superRefine((partners, context) => {
    const names = new Set<string>();
    for (const [at, { name }] of partners.entries()) {
      if (names.has(name))
        context.addIssue({
          code: 'custom',
          path: [at, 'name'],
          message: `write another name; ${name} is taken.`,
        });
      names.add(name);
    }
  });

/** The partners of a file. Throws an error that lists everything that is wrong with it. */
export async function readPartners(path: string): Promise<readonly SipPartner[]> {
  const content = await readFile(path, 'utf8').catch(error => {
    throw wrong(path, [`it cannot be read (${error.code}): name a JSON file that this process may read.`]);
  });
  const result = file.safeParse(parsed(path, content));
  if (result.success) return result.data;
  throw wrong(
    path,
    result.error.issues.map(({ path: at, message }) => (at.length ? `${at.join('.')}: ${message}` : message)),
  );
}

function parsed(path: string, content: string): unknown {
  try {
    return JSON.parse(content);
  } catch (error) {
    throw wrong(path, [`write JSON, an array of partners: ${(error as Error).message}.`]);
  }
}

function wrong(path: string, problems: readonly string[]): Error {
  const lines = problems.map(problem => `  ${problem}`).join('\n');
  return new Error(
    `The SIP partners in ${path} cannot be used. Correct the file that SIP_PARTNERS names:\n${lines}`,
  );
}
