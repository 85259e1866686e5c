import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Two cores carry the suite; worker threads of the embedded speech parts need room beside it.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // What is waited for comes when the machine gets round to it.
    expect: { poll: { timeout: 20_000 } },
    reporters: ['default', './test/harness/count-reporter.ts'],
  },
});
