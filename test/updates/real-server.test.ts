/**
 * Updates of an AppImage that contains the frozen server.
 * @module-tag linux
 */

import { prepareConversation } from '../drivers/conversation';
import { defineCases, expectFetched, expectFile, installAndStart, SMALL, update } from './cases';

/** Largest share of the file that may be downloaded when one Python package has changed in every module. */
const ONE_PACKAGE = 0.015;

defineCases([
  {
    name: 'v1 to v2, real server',
    expected: `v2 has all data of v1; at most ${100 * SMALL} % of the file is downloaded`,
    async run(testbed, { real }) {
      const conversation = await prepareConversation(testbed);
      await installAndStart(testbed, real.older);
      await conversation.start();
      testbed.offer(real.newer);
      await update(testbed, real.newer.version);
      expectFile(testbed, real.newer);
      const fetched = expectFetched(testbed, real.newer, SMALL);
      await conversation.continue();
      return `${fetched} downloaded, still logged in, the chat continues`;
    },
  },
  {
    name: 'one Python package changed, real server',
    expected: `v2 runs; at most ${100 * ONE_PACKAGE} % of the file is downloaded`,
    async run(testbed, { real }) {
      await installAndStart(testbed, real.older);
      testbed.offer(real.patched);
      await update(testbed, real.patched.version);
      expectFile(testbed, real.patched);
      return `${expectFetched(testbed, real.patched, ONE_PACKAGE)} downloaded, v2 runs`;
    },
  },
]);
