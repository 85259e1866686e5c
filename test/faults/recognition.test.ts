import { expect, it } from 'vitest';
import { recognitionTargets } from './cells.ts';
import { problemsOf, tableOf, tryAll } from './matrix.ts';

/** From the caller’s last sound. A line that is dead without a word is noticed after 2 s, and given up after 4. */
const WAIT_LIMIT_MS = 6_000;
const TEST_LIMIT_MS = 240_000;

it.each(recognitionTargets.map(target => [target.name, target] as const))(
  'Whatever becomes of the recogniser, at whatever moment: the caller hears something within 6 s, nothing is answered twice, and no key is ever written down (%s)',
  async (_, target) => {
    const verdicts = await tryAll([target], WAIT_LIMIT_MS);
    process.stdout.write(`${tableOf(verdicts)}\n`);
    expect(problemsOf(verdicts)).toEqual([]);
  },
  TEST_LIMIT_MS,
);
