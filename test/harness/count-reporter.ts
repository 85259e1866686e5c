import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Reporter, TestModule, Vitest } from 'vitest/node';

export interface Counts {
  passed: number;
  /** Failed tests, and everything else that turned the run red: files that would not load, errors outside a test. */
  failed: number;
  /** Full names of the tests that were not run. */
  skipped: string[];
}

/**
 * Ends the run's output with `N passed, N failed`, and writes the same as JSON to the file that TEST_COUNTS_FILE names,
 * so that a script need not read what was printed for people.
 */
export default class CountReporter implements Reporter {
  #log: (line: string) => void = console.log;

  onInit(vitest: Vitest): void {
    this.#log = line => vitest.logger.log(line);
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const counts = countTests(modules, unhandledErrors.length);
    const file = process.env.TEST_COUNTS_FILE;
    if (file) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, `${JSON.stringify(counts, null, 2)}\n`);
    }
    this.#log(describeCounts(counts));
  }
}

export function countTests(modules: readonly TestModule[], unhandledErrors: number): Counts {
  const counts: Counts = { passed: 0, failed: unhandledErrors, skipped: [] };

  for (const module of modules) {
    // A file or a suite fails by itself when it cannot be loaded or a hook throws; its tests then never ran.
    counts.failed += module.errors().length;
    for (const suite of module.children.allSuites()) counts.failed += suite.errors().length;

    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') counts.passed++;
      else if (state === 'failed') counts.failed++;
      else counts.skipped.push(`${module.relativeModuleId} > ${test.fullName}`);
    }
  }
  return counts;
}

export function describeCounts({ passed, failed, skipped }: Counts): string {
  const line = `${passed} passed, ${failed} failed`;
  return skipped.length === 0 ? line : `${line}, ${skipped.length} skipped`;
}
