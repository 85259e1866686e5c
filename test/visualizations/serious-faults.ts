import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Page } from 'playwright-core';
import { atRest } from './browser.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Nobody reads where a rule was kept. */
const VIOLATIONS: RunOptions = { resultTypes: ['violations'] };
const RUNS = {
  everything: VIOLATIONS,
  colours: { ...VIOLATIONS, runOnly: ['color-contrast', 'link-in-text-block'] },
};

/**
 * What axe finds that shuts somebody out, as sentences. Colours are judged in the theme that is shown. `of` colours alone:
 * for a page of which all else has been judged in another theme.
 */
export async function seriousFaults(
  page: Page,
  of: 'everything' | 'colours' = 'everything',
): Promise<string[]> {
  await atRest(page);
  if (!(await page.evaluate('"axe" in globalThis'))) await page.evaluate(AXE);
  const { violations } = (await page.evaluate(`axe.run(${JSON.stringify(RUNS[of])})`)) as AxeResults;
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} ${target}: ${failureSummary}`),
    );
}
