/**
 * An app that is killed during an update.
 * @module-tag linux
 */

import { setTimeout as pause } from 'node:timers/promises';
import { defineCases, installAndStart, update } from './cases';

const KILLS = 10;

defineCases([
  {
    name: `kill -9 at ${KILLS} moments`,
    expected: 'the file is v1 or v2, undamaged, and starts with its data',
    async run(testbed, { older, newer }) {
      testbed.offer(newer);
      await installAndStart(testbed, older);
      testbed.feed.setFault({ noRanges: true, slowMs: 1 });
      const started = performance.now();
      const swap = testbed.until('the swap', () => /update: \S+ replaces /.test(testbed.log()));
      const swapped = swap.then(() => performance.now() - started);
      swapped.catch(() => {}); // the update below reports the error
      await update(testbed, newer.version);
      const updateMs = await swapped;
      const seen = { older: 0, newer: 0 };
      for (let round = 0; round < KILLS; round++) {
        await testbed.kill();
        testbed.install(older);
        if (round % 2 === 0) testbed.deleteDownloads();
        await testbed.start();
        const updating = testbed
          .checkForUpdate()
          .then(() => testbed.downloadUpdate())
          .then(() => testbed.installUpdate());
        updating.catch(() => {}); // the app is killed meanwhile
        // The update is divided into equal parts; each kill is at a random moment of one part.
        await pause((updateMs * (round + Math.random())) / KILLS);
        await testbed.kill();
        const hash = testbed.sha512();
        if (hash !== older.sha512 && hash !== newer.sha512)
          throw new Error(`After kill ${round + 1} the file is damaged.`);
        seen[hash === older.sha512 ? 'older' : 'newer']++;
        await testbed.start();
        await testbed.expectIntact();
      }
      return `${seen.older} times v1, ${seen.newer} times v2, never damaged`;
    },
  },
]);
