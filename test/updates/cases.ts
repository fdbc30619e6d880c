/** Defines and runs update cases, and the steps they share. */

import { inject, it } from 'vitest';
import type { Build } from '../drivers/linux-installers';
import { until } from '../drivers/poll';
import { UpdateTestbed } from '../drivers/update-testbed';
import type { Artifacts } from './setup';

export interface Case {
  name: string;
  expected: string;
  /** @returns a description of what was seen @throws Error that says what is wrong */
  run(testbed: UpdateTestbed, artifacts: Artifacts): Promise<string>;
}

/** The parts of a testbed that every kind of case needs. */
interface Testbed {
  feed: { bytes(): number };
  expectIntact(): Promise<string>;
  quit(): Promise<void>;
  close(): Promise<void>;
}

/** Largest share of the file that may be downloaded when only the shell has changed. */
export const SMALL = 0.01;

/** Registers a test for each case. */
export function defineCases(cases: readonly Case[]): void {
  defineCasesIn(() => UpdateTestbed.open(inject('updates').key), cases);
}

/** Registers a test for each case, with any kind of testbed. Its result is a row of the printed table. */
export function defineCasesIn<Kind extends Testbed>(
  open: () => Promise<Kind>,
  cases: readonly { name: string; expected: string; run(testbed: Kind, artifacts: Artifacts): Promise<string> }[],
): void {
  for (const { name, expected, run } of cases)
    it(name, async ({ task }) => {
      const row = { name, expected, seen: 'nothing', bytes: 0, ms: 0, data: 'not reached' };
      task.meta.row = row;
      const started = performance.now();
      try {
        const testbed = await open();
        try {
          row.seen = await run(testbed, inject('updates'));
          row.data = await testbed.expectIntact();
          await testbed.quit();
        } finally {
          row.bytes = testbed.feed.bytes();
          await testbed.close();
        }
      } catch (error) {
        row.seen = error instanceof Error ? error.message : String(error);
        throw error;
      } finally {
        row.ms = Math.round(performance.now() - started);
      }
    });
}

/** Installs a build with the user's data, starts it, and changes the page's storage and the settings. */
export async function installAndStart(testbed: UpdateTestbed, build: Build): Promise<void> {
  testbed.install(build);
  testbed.seed();
  await testbed.start();
  await testbed.store();
}

/** Checks for, downloads and installs an update in the running app. */
export async function update(testbed: UpdateTestbed, version: string): Promise<void> {
  const check = await testbed.checkForUpdate();
  if (!check.available || check.version !== version) throw new Error(`The check returned ${JSON.stringify(check)}.`);
  const download = await testbed.downloadUpdate();
  if (!download.success) throw new Error(`The download failed: ${download.error}`);
  await testbed.installUpdate();
  await testbed.untilUpdatedTo(version);
}

export function expectFile(testbed: UpdateTestbed, build: Build): void {
  if (testbed.sha512() !== build.sha512) throw new Error(`The AppImage is not that of ${build.version}.`);
}

/** Expects that the old version is unchanged, and that its server responds. */
export async function expectOldRuns(testbed: UpdateTestbed, build: Build): Promise<void> {
  expectFile(testbed, build);
  const status = await testbed.inPage(page =>
    page.evaluate(() => fetch('/api/anything').then(answer => answer.status)),
  );
  if (status !== 200) throw new Error(`Its server responded with ${status}.`);
}

function expectRefusal(
  { success, available, error }: { success?: boolean; available?: boolean; error?: string | undefined },
  words: RegExp,
): void {
  if (success || available) throw new Error('The update was accepted.');
  if (error !== undefined && !words.test(error)) throw new Error(`The reason is: ${error}`);
}

/** A case in which the check must refuse the update. `tamper` changes the testbed before the start. */
export function checkRefused(
  name: string,
  tamper: (testbed: UpdateTestbed, artifacts: Artifacts) => unknown,
  words: RegExp,
): Case {
  return {
    name,
    expected: 'the reason is shown, nothing is downloaded, v1 continues',
    async run(testbed, artifacts) {
      testbed.offer(artifacts.newer);
      await tamper(testbed, artifacts);
      await installAndStart(testbed, artifacts.older);
      expectRefusal(await testbed.checkForUpdate(), words);
      await until('the reason in the log', () => words.test(testbed.log()));
      await expectOldRuns(testbed, artifacts.older);
      return 'refused, v1 continues';
    },
  };
}

/** A case in which the download must be refused. `tamper` receives the path of the file in the feed. */
export function downloadRefused(
  name: string,
  tamper: (testbed: UpdateTestbed, file: string) => unknown,
  words: RegExp,
): Case {
  return {
    name,
    expected: 'the reason is shown, v1 continues',
    async run(testbed, artifacts) {
      const file = testbed.offer(artifacts.newer);
      await installAndStart(testbed, artifacts.older);
      await testbed.checkForUpdate();
      await tamper(testbed, file);
      expectRefusal(await testbed.downloadUpdate(), words);
      await testbed.installUpdate();
      await expectOldRuns(testbed, artifacts.older);
      return 'refused, v1 continues';
    },
  };
}

/**
 * Checks how much of a file was downloaded.
 * @param limit largest share of the file
 * @returns the share and the size, in words
 * @throws Error when more was downloaded
 */
export function expectFetched({ feed }: Pick<Testbed, 'feed'>, { size }: { size: number }, limit = 1): string {
  const share = feed.bytes() / size;
  const words = `${(100 * share).toFixed(2)} % of ${(size / 1e6).toFixed(0)} MB`;
  if (share > limit) throw new Error(`${words} were downloaded.`);
  return words;
}
