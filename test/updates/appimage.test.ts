/**
 * An AppImage updates itself.
 * @module-tag linux
 */

import { readFileSync } from 'node:fs';
import { begin, defineCases, expectFetched, expectFile, update } from './cases';

defineCases([
  {
    name: 'v1 to v2',
    expected: 'everything of v1 is there in v2, v1 is kept',
    async run(testbed, { older, newer }) {
      testbed.offer(newer);
      await begin(testbed, older);
      await update(testbed, newer.version);
      expectFile(testbed, newer);
      const kept = testbed.file.replace('CachiBot.AppImage', '.CachiBot.AppImage.previous');
      if (!readFileSync(kept).equals(readFileSync(older.file))) throw new Error('The old version was not kept.');
      return `${expectFetched(testbed, newer)} fetched`;
    },
  },
  {
    name: 'two versions behind',
    expected: 'v1 goes to v3 at once, from its own file',
    async run(testbed, { older, newest }) {
      testbed.offer(newest);
      await begin(testbed, older);
      await update(testbed, newest.version);
      expectFile(testbed, newest);
      return 'v3 runs';
    },
  },
  {
    name: 'feed without ranges',
    expected: 'the whole file is fetched instead',
    async run(testbed, { older, newer }) {
      testbed.offer(newer);
      await begin(testbed, older);
      testbed.feed.misbehave({ noRanges: true });
      await update(testbed, newer.version);
      expectFile(testbed, newer);
      return 'v2 runs';
    },
  },
  {
    name: 'connection breaks on the way',
    expected: 'the download goes on where it was',
    async run(testbed, { older, newer }) {
      const { blockMapSize: _, ...whole } = newer;
      testbed.offer(whole);
      await begin(testbed, older);
      testbed.feed.misbehave({ breakAfter: Math.round(newer.size / 2) });
      await update(testbed, newer.version);
      expectFile(testbed, newer);
      if (!testbed.feed.requests.some(({ range }) => /^bytes=\d+-$/.test(range)))
        throw new Error('The download started again.');
      return 'v2 runs';
    },
  },
]);
