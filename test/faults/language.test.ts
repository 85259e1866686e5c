import { expect, it } from 'vitest';
import { languageTargets } from './cells.ts';
import { problemsOf, tableOf, tryAll } from './matrix.ts';

/** From the caller’s last sound to any of the agent’s. */
const WAIT_LIMIT_MS = 4_000;
const TEST_LIMIT_MS = 240_000;

it(
  'Whatever a model’s provider does, at whatever moment: the caller hears something within 4 s, nothing twice, one tool runs once, and no key is ever written down',
  async () => {
    const verdicts = await tryAll(languageTargets, WAIT_LIMIT_MS);
    process.stdout.write(`${tableOf(verdicts)}\n`);
    expect(problemsOf(verdicts)).toEqual([]);
  },
  TEST_LIMIT_MS,
);
