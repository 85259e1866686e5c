import { expect, it } from 'vitest';
import { languageTargets } from './cells.ts';
import { problemsOf, tableOf, tryAll } from './matrix.ts';

/** From the caller's last sound: the pause that ends a turn comes first. */
const WAIT_LIMIT_MS = 4_000;
const TEST_LIMIT_MS = 90_000;

it(
  'Whatever a model’s provider does, the call goes on, and the caller hears something within 4 s',
  async () => {
    const verdicts = await tryAll(languageTargets, WAIT_LIMIT_MS);
    process.stdout.write(`${tableOf(verdicts)}\n`);
    expect(problemsOf(verdicts)).toEqual([]);
  },
  TEST_LIMIT_MS,
);
