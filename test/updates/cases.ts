/** What a case of an update is, how it is run, and the steps that several of them have. */

import { inject, it } from 'vitest';
import type { Build } from '../drivers/linux-installers';
import { until } from '../drivers/poll';
import { UpdateTestbed } from '../drivers/update-testbed';
import type { Artifacts } from './setup';

export interface Case {
  name: string;
  expected: string;
  /** Says what was seen. @throws Error that says what is wrong. */
  run(testbed: UpdateTestbed, artifacts: Artifacts): Promise<string>;
}

/** What a case leaves behind: how many bytes the feed sent, and whether the user's data is whole. */
interface Testbed {
  feed: { bytes(): number };
  intact(): Promise<string>;
  quit(): Promise<void>;
  close(): Promise<void>;
}

/** The share of the whole file that a change of the shell alone may cost. */
export const SMALL = 0.01;

/** Registers a test for each case. */
export function defineCases(cases: readonly Case[]): void {
  defineCasesIn(() => UpdateTestbed.open(inject('updates').key), cases);
}

/** Registers a test for each case, in testbeds of another kind; the row of each goes into the table. */
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
          row.data = await testbed.intact();
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

/** Installs a build, and uses it for the first time. */
export async function begin(testbed: UpdateTestbed, build: Build): Promise<void> {
  testbed.install(build);
  testbed.seed();
  await testbed.start();
  await testbed.store();
}

/** Updates the app that runs. */
export async function update(testbed: UpdateTestbed, version: string): Promise<void> {
  const answer = await testbed.checkForUpdate();
  if (!answer.available || answer.version !== version) throw new Error(`It was offered ${JSON.stringify(answer)}.`);
  const done = await testbed.downloadUpdate();
  if (!done.success) throw new Error(`It could not be downloaded: ${done.error}`);
  await testbed.installUpdate();
  await testbed.updatedTo(version);
}

export function expectFile(testbed: UpdateTestbed, build: Build): void {
  if (testbed.sha512() !== build.sha512) throw new Error(`The AppImage is not the one of ${build.version}.`);
}

/** The old version still runs, and is whole. */
export async function expectOldRuns(testbed: UpdateTestbed, build: Build): Promise<void> {
  expectFile(testbed, build);
  const status = await testbed.inPage(page =>
    page.evaluate(() => fetch('/api/anything').then(answer => answer.status)),
  );
  if (status !== 200) throw new Error(`Its server answered ${status}.`);
}

function expectRefusal(
  { success, available, error }: { success?: boolean; available?: boolean; error?: string | undefined },
  words: RegExp,
): void {
  if (success || available) throw new Error('It was accepted.');
  if (error !== undefined && !words.test(error)) throw new Error(`The reason given is: ${error}`);
}

/** A check for updates that has to be refused. */
export function notBelieved(
  name: string,
  spoil: (testbed: UpdateTestbed, artifacts: Artifacts) => unknown,
  words: RegExp,
): Case {
  return {
    name,
    expected: 'the reason is told, nothing is fetched, v1 goes on',
    async run(testbed, artifacts) {
      testbed.offer(artifacts.newer);
      await spoil(testbed, artifacts);
      await begin(testbed, artifacts.older);
      expectRefusal(await testbed.checkForUpdate(), words);
      await until('the reason in the log', () => words.test(testbed.log()));
      await expectOldRuns(testbed, artifacts.older);
      return 'refused, v1 goes on';
    },
  };
}

/** A download that has to be refused. `spoil` gets the file that the feed offers. */
export function notTaken(name: string, spoil: (testbed: UpdateTestbed, file: string) => unknown, words: RegExp): Case {
  return {
    name,
    expected: 'the reason is told, v1 goes on',
    async run(testbed, artifacts) {
      const file = testbed.offer(artifacts.newer);
      await begin(testbed, artifacts.older);
      await testbed.checkForUpdate();
      await spoil(testbed, file);
      expectRefusal(await testbed.downloadUpdate(), words);
      await testbed.installUpdate();
      await expectOldRuns(testbed, artifacts.older);
      return 'refused, v1 goes on';
    },
  };
}

/**
 * How much of a file was fetched, in words.
 * @param limit the share of the file that may be fetched
 * @throws Error when it was more.
 */
export function expectFetched({ feed }: Pick<Testbed, 'feed'>, { size }: { size: number }, limit = 1): string {
  const share = feed.bytes() / size;
  const words = `${(100 * share).toFixed(2)} % of ${(size / 1e6).toFixed(0)} MB`;
  if (share > limit) throw new Error(`${words} were fetched.`);
  return words;
}
