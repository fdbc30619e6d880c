/**
 * Updates and downloads that are refused.
 * @module-tag linux
 */

import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { makeKey } from '../../scripts/release/signing.mjs';
import { checkRefused, defineCases, downloadRefused } from './cases';

defineCases([
  checkRefused(
    'manifest signed with another key',
    (testbed, { newer }) => testbed.offer(newer, { key: makeKey().privateKey }),
    /isn’t signed by CachiBot/,
  ),
  checkRefused('captive portal', testbed => testbed.feed.setFault({ loginPage: true }), /sign in first/),
  checkRefused('unreachable feed', testbed => testbed.feed.close(), /Couldn’t reach the update server/),
  downloadRefused(
    'one changed byte',
    (testbed, file) => {
      const bytes = readFileSync(file);
      const at = Math.round(bytes.length / 2);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      // Without ranges the whole file is downloaded; otherwise the changed byte might be in a block of the old version.
      writeFileSync(file, bytes);
      testbed.feed.setFault({ noRanges: true });
    },
    /damaged/,
  ),
  downloadRefused(
    'truncated file',
    (_testbed, file) => truncateSync(file, Math.round(statSync(file).size / 2)),
    /reach|lost|damaged|responded/,
  ),
  downloadRefused('feed that becomes unreachable', testbed => testbed.feed.close(), /Couldn’t reach the update server/),
]);
