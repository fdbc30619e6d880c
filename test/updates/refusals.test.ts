/**
 * Updates that are not believed, and downloads that are not taken.
 * @module-tag linux
 */

import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { makeKey } from '../../scripts/release/signing.mjs';
import { defineCases, notBelieved, notTaken } from './cases';

defineCases([
  notBelieved(
    'manifest signed with another key',
    (testbed, { newer }) => testbed.offer(newer, { key: makeKey().privateKey }),
    /isn’t signed by CachiBot/,
  ),
  notBelieved('captive portal', testbed => testbed.feed.misbehave({ loginPage: true }), /sign in first/),
  notBelieved('feed that is not there', testbed => testbed.feed.close(), /Couldn’t reach the update server/),
  notTaken(
    'one byte changed',
    (testbed, file) => {
      const bytes = readFileSync(file);
      const at = Math.round(bytes.length / 2);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      // A block that the old version has is not requested, so the changed byte might not be either: no ranges.
      writeFileSync(file, bytes);
      testbed.feed.misbehave({ noRanges: true });
    },
    /damaged/,
  ),
  notTaken(
    'file cut short',
    (_testbed, file) => truncateSync(file, Math.round(statSync(file).size / 2)),
    /reach|lost|damaged|responded/,
  ),
  notTaken('feed that goes away', testbed => testbed.feed.close(), /Couldn’t reach the update server/),
]);
