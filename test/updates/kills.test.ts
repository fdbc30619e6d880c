/**
 * An update that is killed in the middle.
 * @module-tag linux
 */

import { setTimeout as pause } from 'node:timers/promises';
import { begin, defineCases, update } from './cases';

const KILLS = 10;

defineCases([
  {
    name: `kill -9 at ${KILLS} moments`,
    expected: 'the file is v1 or v2, whole, and starts with its data',
    async run(testbed, { older, newer }) {
      testbed.offer(newer);
      await begin(testbed, older);
      testbed.feed.misbehave({ noRanges: true, slowMs: 1 });
      const began = performance.now();
      const swap = testbed.until('the swap', () => /update: \S+ replaces /.test(testbed.log()));
      const swapped = swap.then(() => performance.now() - began);
      swapped.catch(() => {}); // the update says what was wrong
      await update(testbed, newer.version);
      const wholeMs = await swapped;
      const seen = { older: 0, newer: 0 };
      for (let round = 0; round < KILLS; round++) {
        await testbed.kill();
        testbed.install(older);
        if (round % 2 === 0) testbed.forgetDownloads();
        await testbed.start();
        const acting = testbed
          .checkForUpdate()
          .then(() => testbed.downloadUpdate())
          .then(() => testbed.installUpdate());
        acting.catch(() => {}); // it is killed in the middle
        // Spread over the whole update, at a random moment of each part.
        await pause((wholeMs * (round + Math.random())) / KILLS);
        await testbed.kill();
        const hash = testbed.sha512();
        if (hash !== older.sha512 && hash !== newer.sha512)
          throw new Error(`After kill ${round + 1} the file is broken.`);
        seen[hash === older.sha512 ? 'older' : 'newer']++;
        await testbed.start();
        await testbed.intact();
      }
      return `${seen.older} times v1, ${seen.newer} times v2, always whole`;
    },
  },
]);
