/**
 * An AppImage updates itself.
 * @module-tag linux
 */

import { readFileSync } from 'node:fs';
import { defineCases, expectFetched, expectFile, installAndStart, update } from './cases';

defineCases([
  {
    name: 'v1 to v2',
    expected: 'v2 has all data of v1; the file of v1 is kept',
    async run(testbed, { older, newer }) {
      testbed.offer(newer);
      await installAndStart(testbed, older);
      await update(testbed, newer.version);
      expectFile(testbed, newer);
      const kept = testbed.file.replace('CachiBot.AppImage', '.CachiBot.AppImage.previous');
      if (!readFileSync(kept).equals(readFileSync(older.file))) throw new Error('The old version was not kept.');
      return `${expectFetched(testbed, newer)} downloaded`;
    },
  },
  {
    name: 'two versions behind',
    expected: 'v1 is updated to v3 directly',
    async run(testbed, { older, newest }) {
      testbed.offer(newest);
      await installAndStart(testbed, older);
      await update(testbed, newest.version);
      expectFile(testbed, newest);
      return 'v3 runs';
    },
  },
  {
    name: 'feed without ranges',
    expected: 'the whole file is downloaded instead',
    async run(testbed, { older, newer }) {
      testbed.offer(newer);
      await installAndStart(testbed, older);
      testbed.feed.setFault({ noRanges: true });
      await update(testbed, newer.version);
      expectFile(testbed, newer);
      return 'v2 runs';
    },
  },
  {
    name: 'connection breaks during the download',
    expected: 'the download continues at the same position',
    async run(testbed, { older, newer }) {
      const { blockMapSize: _, ...whole } = newer;
      testbed.offer(whole);
      await installAndStart(testbed, older);
      testbed.feed.setFault({ breakAfter: Math.round(newer.size / 2) });
      await update(testbed, newer.version);
      expectFile(testbed, newer);
      if (!testbed.feed.requests.some(({ range }) => /^bytes=\d+-$/.test(range)))
        throw new Error('The download started again.');
      return 'v2 runs';
    },
  },
]);
