/**
 * Updates on Windows by the Windows installer, under wine.
 * @module-tag linux
 */

import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import { words } from '../../desktop/words/en';
import { bundleDifferences } from '../../scripts/backend/manifest.mjs';
import { DATA, WineTestbed } from '../drivers/wine-testbed';
import { defineCasesIn, expectFetched, SMALL } from './cases';

defineCasesIn(
  () => WineTestbed.open(inject('updates').key),
  [
    {
      name: 'Windows, by its installer',
      expected: `v2 is installed and started with all data of v1; at most ${100 * SMALL} % of the file is downloaded; v1’s installer is kept`,
      async run(testbed, { windows: { older, newer } }) {
        await testbed.install(older);
        testbed.copyToFeed(older); // the differential download needs its block map
        testbed.offer(newer);
        testbed.start();
        await testbed.until('a server of v1', () => testbed.servers().length === 1);
        const [before] = testbed.servers();
        await untilUpdated(testbed);
        const version = await testbed.version();
        if (version !== newer.version) throw new Error(`Windows says that ${version} is installed.`);
        const wrong = bundleDifferences(join(testbed.programs, 'resources', 'backend'));
        if (wrong.length > 0) throw new Error(`The server of v2 is not as it was packed: ${wrong.join(', ')}`);
        const now = testbed.servers();
        if (now.length !== 1 || now[0] === before)
          throw new Error(`Running servers: ${now.join(', ')}; v1’s server was ${before}.`);
        if (!/ Copied .*"phase":"stopped".*2\.0\.0 replaces 0\.0\.1.* CachiBot 2\.0\.0/s.test(testbed.log()))
          throw new Error(`The order was not backup, stop, installation, v2: ${testbed.log()}`);
        if (!lastRun(testbed.log()).includes(`found: ${DATA}`)) throw new Error('v2 has not found the data.');
        if (
          !readFileSync(join(testbed.updaterFolder, `previous-${older.version}.exe`)).equals(readFileSync(older.file))
        )
          throw new Error('The installer of v1 was not kept.');
        if (!testbed.record().passage.backup) throw new Error('There is no backup of the data.');
        return `${expectFetched(testbed, statSync(newer.file), SMALL)} downloaded, Windows reports ${version}, which runs`;
      },
    },
    {
      name: 'Windows, at quit, and started again during the installation',
      expected: 'v2 is installed, and started although the user had quit',
      async run(testbed, { windows: { older, newer } }) {
        await testbed.install(older, { autoInstallUpdates: true });
        testbed.offer(newer);
        testbed.start();
        await untilUpdated(testbed);
        if (!testbed.log().includes('relaunch accepted: true')) throw new Error('The app was not quitting.');
        return 'v2 runs';
      },
    },
    {
      name: 'Windows, one changed byte',
      expected: 'the reason is shown, v1 continues',
      async run(testbed, { windows: { older, newer } }) {
        await testbed.install(older);
        const file = testbed.offer(newer);
        const bytes = readFileSync(file);
        const at = Math.round(bytes.length / 2);
        bytes[at] = (bytes[at] ?? 0) ^ 1;
        writeFileSync(file, bytes);
        testbed.start();
        await testbed.until('the reason', () =>
          testbed.log().includes(`the download failed: ${words.updateProblem.damaged}`),
        );
        const version = await testbed.version();
        if (version !== older.version || testbed.servers().length !== 1)
          throw new Error(`Windows says that ${version} is installed; running servers: ${testbed.servers()}.`);
        if (readdirSync(testbed.updaterFolder).some(name => name.startsWith('previous-')))
          throw new Error('The installation was started.');
        return 'refused, v1 continues';
      },
    },
  ],
);

function untilUpdated(testbed: WineTestbed) {
  return testbed.until('v2, ready', () => /update: from 0\.0\.1 to 2\.0\.0, which is ready/.test(testbed.log()));
}

function lastRun(log: string): string {
  return log.slice(log.lastIndexOf(' CachiBot '));
}
