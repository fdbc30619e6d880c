import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { canRun, NEEDS } from './scripts/testing/systems.mjs';
import { canIsolate, isolatedPool } from './test/pool/isolated-pool.mts';

/** Real programs: each file has its own screen, network and mounts, so that two run at a time on two cores. */
const isolated = {
  pool: isolatedPool,
  setupFiles: ['test/pool/screen.ts'],
  ...(canIsolate ? { maxWorkers: 2 } : { fileParallelism: false }),
};

/** Files that take longest, longest first. Shorter ones then fill the time beside them, and all workers end together. */
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

/** vitest knows how long files take only where it has run them before; elsewhere it starts with the largest. */
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
    tags: Object.entries(NEEDS).map(([name, systems]) => ({
      name,
      description: `can run on ${systems.join(' and ')} alone`,
      skip: !canRun([name]),
    })),
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          testTimeout: 30_000, // on a busy machine; on a quiet one none takes three seconds
        },
      },
      {
        test: {
          // Runs the scripts as a user does, in clones of their own. Some of them ask a package registry.
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
          // Most of a test waits for a window.
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
          // Needs a frozen server, and root on Linux. Scenarios mostly wait, so that three files run at a time.
          name: 'chaos',
          include: ['test/chaos/**/*.test.ts'],
          globalSetup: ['test/chaos/setup.ts'],
          ...isolated,
          ...(canIsolate ? { maxWorkers: 3 } : {}),
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
