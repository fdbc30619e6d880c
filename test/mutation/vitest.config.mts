import { defineConfig } from 'vitest/config';

/** Runs the tests of the pure code and of the supervisor; Stryker runs only these for each mutant. */
export default defineConfig({
  test: { include: ['test/unit/*/core/**/*.test.ts', 'test/unit/server/supervisor.test.ts'], testTimeout: 10_000 },
});
