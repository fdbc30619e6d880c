import { defineConfig } from 'vitest/config';
import { canRun, NEEDS } from './scripts/testing/systems.mjs';

export default defineConfig({
  test: {
    tags: Object.entries(NEEDS).map(([name, systems]) => ({
      name,
      description: `can run on ${systems.join(' and ')} alone`,
      skip: !canRun([name]),
    })),
    projects: [
      {
        test: {
          name: 'fast',
          include: ['test/core/**/*.test.ts', 'test/*.test.ts'],
          testTimeout: 30_000, // on a busy machine; on a quiet one none takes three seconds
        },
      },
      {
        test: {
          // The scripts as a person runs them, in clones of their own; some ask a package registry.
          name: 'scripts',
          include: ['test/setup/**/*.test.ts'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'real',
          include: ['test/real/**/*.test.ts'],
          // Real programs share one screen, one clipboard and two cores.
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          // Needs the installers, and root: npm run install-test.
          name: 'installers',
          include: ['test/installers/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          // Needs a packed app: npm run dist:test.
          name: 'packaged',
          include: ['test/packaged/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
