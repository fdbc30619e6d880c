import { defineConfig } from 'vitest/config';

/** The pure tests and those of the supervisor: each mutant is tried with them alone. */
export default defineConfig({
  test: { include: ['test/unit/*/core/**/*.test.ts', 'test/unit/server/supervisor.test.ts'], testTimeout: 10_000 },
});
