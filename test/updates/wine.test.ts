/**
 * Updates on Windows, by its own installer, under wine.
 * @module-tag linux
 */

import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import { words } from '../../desktop/words/en';
import { differences } from '../../scripts/backend/manifest.mjs';
import { DATA, WineTestbed } from '../drivers/wine-testbed';
import { defineCasesIn, expectFetched, SMALL } from './cases';

defineCasesIn(
  () => WineTestbed.open(inject('updates').key),
  [
    {
      name: 'Windows, by its installer',
      expected: `v2 is installed for at most ${100 * SMALL} % of the file and starts by itself, with everything of v1; v1’s installer is kept`,
      async run(testbed, { windows: { older, newer } }) {
        await testbed.install(older);
        testbed.lay(older); // its parts are known by its block map
        testbed.offer(newer);
        testbed.start();
        await testbed.until('a server of v1', () => testbed.servers().length === 1);
        const [before] = testbed.servers();
        await untilUpdated(testbed);
        const version = await testbed.version();
        if (version !== newer.version) throw new Error(`Windows says that ${version} is installed.`);
        const wrong = differences(join(testbed.programs, 'resources', 'backend'));
        if (wrong.length > 0) throw new Error(`The server of v2 is not as it was packed: ${wrong.join(', ')}`);
        const now = testbed.servers();
        if (now.length !== 1 || now[0] === before)
          throw new Error(`Servers run: ${now.join(', ')}; v1’s was ${before}.`);
        if (!/ Copied .*"phase":"stopped".*2\.0\.0 replaces 0\.0\.1.* CachiBot 2\.0\.0/s.test(testbed.log()))
          throw new Error(`It was another order than copy, stop, hand over, v2: ${testbed.log()}`);
        if (!lastRun(testbed.log()).includes(`found: ${DATA}`)) throw new Error('v2 has not found the data.');
        if (!readFileSync(join(testbed.kept, `previous-${older.version}.exe`)).equals(readFileSync(older.file)))
          throw new Error('The installer of v1 was not kept.');
        if (!testbed.record().passage.backup) throw new Error('There is no copy of the data.');
        return `${expectFetched(testbed, statSync(newer.file), SMALL)} fetched, Windows says ${version}, which runs`;
      },
    },
    {
      name: 'Windows, at quit, and started again meanwhile',
      expected: 'v2 is installed and started, although it was a quit',
      async run(testbed, { windows: { older, newer } }) {
        await testbed.install(older, { autoInstallUpdates: true });
        testbed.offer(newer);
        testbed.start();
        await untilUpdated(testbed);
        if (!testbed.log().includes('comes back: true')) throw new Error('It was not a quit.');
        return 'v2 runs';
      },
    },
    {
      name: 'Windows, one byte changed',
      expected: 'the reason is told, v1 goes on',
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
          throw new Error(`Windows says that ${version} is installed; servers run: ${testbed.servers()}.`);
        if (readdirSync(testbed.kept).some(name => name.startsWith('previous-')))
          throw new Error('The installation began.');
        return 'refused, v1 goes on';
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
