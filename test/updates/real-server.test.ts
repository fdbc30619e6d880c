/**
 * Updates of an AppImage with the frozen server in it.
 * @module-tag linux
 */

import { prepareConversation } from '../drivers/conversation';
import { begin, defineCases, expectFetched, expectFile, SMALL, update } from './cases';

/** The share of the file that another version of one Python package, of which every module differs, may cost. */
const ONE_PACKAGE = 0.015;

defineCases([
  {
    name: 'v1 to v2, real server',
    expected: `everything of v1 is there in v2, for at most ${100 * SMALL} % of the file`,
    async run(testbed, { real }) {
      const conversation = await prepareConversation(testbed);
      await begin(testbed, real.older);
      await conversation.begin();
      testbed.offer(real.newer);
      await update(testbed, real.newer.version);
      expectFile(testbed, real.newer);
      const fetched = expectFetched(testbed, real.newer, SMALL);
      await conversation.continue();
      return `${fetched} fetched, still logged in, the chat goes on`;
    },
  },
  {
    name: 'one Python package changed, real server',
    expected: `v2 runs with it, for at most ${100 * ONE_PACKAGE} % of the file`,
    async run(testbed, { real }) {
      await begin(testbed, real.older);
      testbed.offer(real.patched);
      await update(testbed, real.patched.version);
      expectFile(testbed, real.patched);
      return `${expectFetched(testbed, real.patched, ONE_PACKAGE)} fetched, v2 runs`;
    },
  },
]);
