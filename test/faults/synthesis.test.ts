import { expect, it } from 'vitest';
import { synthesisTargets } from './cells.ts';
import { problemsOf, tableOf, tryAll } from './matrix.ts';

/** From the caller’s last sound to any of the agent’s. */
const WAIT_LIMIT_MS = 3_000;
const TEST_LIMIT_MS = 240_000;

it.each(synthesisTargets.map(target => [target.name, target] as const))(
  'Whatever becomes of the voice, at whatever moment: the caller hears something within 3 s, every byte of every sentence once, and no key is ever written down (%s)',
  async (_, target) => {
    const verdicts = await tryAll([target], WAIT_LIMIT_MS);
    process.stdout.write(`${tableOf(verdicts)}\n`);
    expect(problemsOf(verdicts)).toEqual([]);
  },
  TEST_LIMIT_MS,
);
