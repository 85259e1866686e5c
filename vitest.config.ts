import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Tests that start programs, browsers, databases or speech parts: each file has a process of its own. */
const APART = [
  'e2e',
  'faults',
  'visualizations',
  'world',
  'src/boot',
  'src/cli',
  'src/edge',
  'src/providers/embedded',
  'src/storage',
].map(place => `test/${place}{/**/*,}.test.ts`);

/** Starts threads in the place of src/worker-thread.ts. */
const COMPILED_THREAD = fileURLToPath(new URL('test/harness/compiled-thread.ts', import.meta.url));

export default defineConfig({
  test: {
    // One more than the cores that carry the suite: there is always one that waits for a call, a process or a page.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // What is waited for comes when the machine gets round to it.
    expect: { poll: { timeout: 20_000 } },
    globalSetup: './test/harness/compile-threads.ts',
    alias: [{ find: /^(\.\.\/)+worker-thread\.ts$/, replacement: COMPILED_THREAD }],
    reporters: ['default', './test/harness/count-reporter.ts'],
    // Begun in the order of their names: the long ones first.
    projects: [
      { extends: true, test: { name: 'apart', include: APART } },
      {
        extends: true,
        test: {
          name: 'together',
          include: ['test/**/*.test.ts'],
          exclude: APART,
          // Most files take less time than a new process and its modules.
          isolate: false,
        },
      },
    ],
  },
});
