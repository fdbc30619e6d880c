import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'fast',
          include: ['test/core/**/*.test.ts', 'test/setup/**/*.test.ts', 'test/*.test.ts'],
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
