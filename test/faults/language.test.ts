import { expect, it } from 'vitest';
import { languageTargets } from './cells.ts';
import { problemsOf, tableOf, tryAll } from './matrix.ts';

/** From the caller’s last sound to any of the agent’s. */
const WAIT_LIMIT_MS = 4_000;
/** The longest silence that is set, 3 s, and what a busy machine adds to it. */
const SILENCE_LIMIT_MS = 3_400;
const TEST_LIMIT_MS = 240_000;

it(
  'Whatever a model’s provider does, at whatever moment: the caller hears something within 4 s, no silence of more than 3 s within a reply, nothing twice, one tool runs once, and no key is ever written down',
  async () => {
    const verdicts = await tryAll(languageTargets, WAIT_LIMIT_MS, SILENCE_LIMIT_MS);
    process.stdout.write(`${tableOf(verdicts)}\n`);
    expect(problemsOf(verdicts)).toEqual([]);
  },
  TEST_LIMIT_MS,
);
