import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { canRun, LEFT_TO_CI, NEEDS } from './scripts/testing/systems.mjs';
import { canIsolate, isolatedPool } from './test/pool/isolated-pool.mts';

/** Options for tests of real programs: each file has its own screen, network and mounts, so that two can run in parallel. */
const isolated = {
  pool: isolatedPool,
  setupFiles: ['test/pool/screen.ts'],
  // On a busy machine a window may take seconds to follow a click.
  expect: { poll: { timeout: 10_000 } },
  ...(canIsolate ? { maxWorkers: 2 } : { fileParallelism: false }),
};

/** The slowest files, slowest first. The others run beside them, so that all workers finish at about the same time. */
const LONGEST = [
  'real/updates/updates',
  'real/server/restart',
  'real/conversation/chat-errors',
  'real/window/failure-page',
  'real/startup/launch',
  'chaos/soak',
  'chaos/own-server',
  'chaos/kill-server',
  'chaos/orphaned-processes',
  'chaos/suspended-server',
  'chaos/logout',
  'chaos/kill-shell',
  'chaos/port-conflict',
  'chaos/page-reloads',
].map(name => `/test/${name}.test.ts`);

/** Runs the slowest files first. vitest itself knows durations only from earlier runs, and else starts with the largest. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const index = LONGEST.findIndex(name => moduleId.endsWith(name));
      return index === -1 ? LONGEST.length : index;
    };
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other));
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    reporters: ['default', './test/vitest-reporter.ts'],
    tags: [
      ...Object.entries(NEEDS).map(([name, systems]) => ({
        name,
        description: `can run only on ${systems.join(' and ')}`,
        skip: !canRun([name]),
      })),
      { name: LEFT_TO_CI, description: 'takes minutes for rare cases: `npm test` skips it, CI runs it' },
    ],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          testTimeout: 30_000, // for a busy machine; on an idle machine no test takes three seconds
        },
      },
      {
        test: {
          // Runs the scripts as a user does, in temporary clones. Some tests query a package registry.
          name: 'scripts',
          include: ['test/scripts/**/*.test.ts'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'real',
          include: ['test/real/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          ...isolated,
          // Tests spend most of their time waiting for a window.
          ...(canIsolate ? { maxWorkers: 3 } : {}),
        },
      },
      {
        test: {
          // Needs a frozen server: npm run backend.
          name: 'packaged',
          include: ['test/packaged/**/*.test.ts'],
          globalSetup: ['test/packaged/setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          ...isolated,
        },
      },
      {
        test: {
          // Needs a packed app: npm run dist -- --dir.
          name: 'smoke',
          include: ['test/smoke/**/*.test.ts'],
          testTimeout: 300_000,
          ...isolated,
        },
      },
      {
        test: {
          // Needs a frozen server, and root on Linux. Three files in parallel, because scenarios mostly wait.
          name: 'chaos',
          include: ['test/chaos/**/*.test.ts'],
          globalSetup: ['test/chaos/setup.ts'],
          ...isolated,
          ...(canIsolate ? { maxWorkers: 3 } : {}),
        },
      },
      {
        test: {
          // Each attack also runs on the app without its guards, where it must succeed.
          name: 'attack',
          include: ['test/attack/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          ...isolated,
        },
      },
      {
        test: {
          // Needs the installers, and root: npm run install-test.
          name: 'installers',
          include: ['test/installers/**/*.test.ts'],
          globalSetup: ['test/installers/setup.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          ...isolated,
        },
      },
      {
        test: {
          // Needs wine, and freezes a server for Windows: npm run windows-test -- installer.
          name: 'windows',
          include: ['test/windows/**/*.test.ts'],
          globalSetup: ['test/windows/setup.ts'],
          testTimeout: 900_000,
          hookTimeout: 300_000,
          ...isolated,
        },
      },
      {
        test: {
          // Needs a frozen server, and root: npm run update-test.
          name: 'updates',
          include: ['test/updates/**/*.test.ts'],
          globalSetup: ['test/updates/setup.ts'],
          testTimeout: 900_000,
          ...isolated,
        },
      },
    ],
  },
});
