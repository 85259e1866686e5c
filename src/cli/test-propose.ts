import { appendFile, readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { systemClock } from '../../runtime/clock.ts';
import { propose } from '../scenarios/propose/propose.ts';
import { toYaml } from '../scenarios/propose/write-scenario.ts';
import type { FlowResult, SuiteOptions } from '../scenarios/suite.ts';
import { openTools } from '../tools/index.ts';

/** Tells scenarios for what none came through, and with `write` appends them to the flow's file. */
export async function proposeFor(
  result: FlowResult,
  options: SuiteOptions,
  write: boolean,
  tell: (line: string) => void,
): Promise<void> {
  if (result.broken) return;
  const tools = [...openTools({ clock: systemClock, toolDelayMs: 0 }).values()];
  const { scenarios, leftOut } = await propose(result, options, tools);
  const file = relative(process.cwd(), result.file);
  for (const { name, why } of leftOut) tell(`# Nothing proposed for ${name}: ${why}.`);
  if (scenarios.length === 0) return;
  if (!write) {
    tell(`\n# Proposed for ${file}; each has been played.\n${toYaml(scenarios)}`);
    return;
  }
  const before = await readFile(result.file, 'utf8').catch(() => '');
  const gap = before === '' ? '' : before.endsWith('\n') ? '\n' : '\n\n';
  await appendFile(result.file, `${gap}${toYaml(scenarios)}`);
  tell(`Wrote ${scenarios.length} ${scenarios.length === 1 ? 'scenario' : 'scenarios'} into ${file}.`);
}
