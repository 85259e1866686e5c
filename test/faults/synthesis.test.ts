import { expect, it } from 'vitest';
import { synthesisTargets } from './cells.ts';
import { problemsOf, tableOf, tryAll } from './matrix.ts';

/** From the caller's last sound: the pause that ends a turn comes first. */
const WAIT_LIMIT_MS = 4_000;
const TEST_LIMIT_MS = 90_000;

it(
  'Whatever happens to the voice, the call goes on',
  async () => {
    const verdicts = await tryAll(synthesisTargets, WAIT_LIMIT_MS);
    process.stdout.write(`${tableOf(verdicts)}\n`);
    expect(problemsOf(verdicts)).toEqual([]);
  },
  TEST_LIMIT_MS,
);
