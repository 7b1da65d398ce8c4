import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['**/*.{unit,int,e2e}.test.ts'],
    globalSetup: ['infra/testing/global-setup.ts'],
    setupFiles: ['infra/testing/setup.ts'],
    // Two suites of real servers at a time are what two cores carry.
    maxWorkers: 2,
    // Servers are killed and leaders elected on whatever machine this is: in CI such a test may be repeated once,
    // and the reporter says so. A test that fails twice has failed.
    retry: process.env.CI ? 1 : 0,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
    // A poll proves that something comes to be; a test that says by when measures that itself.
    expect: { poll: { timeout: 10_000 } },
    reporters: ['default', './infra/testing/summary-reporter.ts'],
  },
});
