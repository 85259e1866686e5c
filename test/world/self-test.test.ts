import { expect, it } from 'vitest';
import type { Rule } from './call-watch.ts';
import { type FaultClass, faultClasses } from './faults.ts';
import type { Flaw } from './records.ts';
import { World } from './world.ts';

/** What is wrong, what it takes to show, and by which rule it must be noticed. */
const seeded: readonly (readonly [flaw: Flaw, faults: readonly FaultClass[], rule: Rule])[] = [
  ['epochsIgnored', ['nodeSuspended'], 'oneOwner'],
  ['ledgerForgets', ['nodeKilled', 'toolSlow'], 'noDoubledOrder'],
  ['entriesVanish', [], 'noHoleInLog'],
  ['tailLost', ['nodeKilled'], 'noWordLost'],
  ['recordsReopen', ['databaseLosesAnswers'], 'oneRecord'],
  ['orphansHidden', ['machineLost', 'neverComesBack'], 'stuck'],
  ['voiceDropped', ['nodeDrained'], 'wholeAudio'],
  ['agentDawdles', ['modelStalls', 'modelSlow'], 'boundedSilence'],
];
/** As many are tried, both sizes of each, until one shows the flaw: some need a rare coincidence. */
const SEEDS = 8;
/** Few calls and many faults; and more time between them, for what only comes of some time without any. */
const SIZES = [
  { calls: 24, faultEveryMs: 1_500 },
  { calls: 40, faultEveryMs: 5_000 },
] as const;

it.each(seeded)(
  'A world notices when %s, given %j, by the rule %s',
  async (flaw, faults, rule) => {
    const unknown = faults.filter(fault => !faultClasses.includes(fault));
    expect(unknown).toEqual([]);
    const found = new Set<Rule>();
    for (let attempt = 0; attempt < 2 * SEEDS && !found.has(rule); attempt++) {
      const size = SIZES[attempt % 2] as (typeof SIZES)[number];
      const options = { firstCall: 0, nodes: 3, edgeShare: 0, ...size };
      const { violations } = await new World({
        ...options,
        faults: new Set(faults),
        seed: `self/${1 + Math.floor(attempt / 2)}`,
        flaws: new Set([flaw]),
      }).run();
      for (const violation of violations) found.add(violation.rule);
    }
    expect([...found]).toContain(rule);
  },
  60_000,
);
