/** The update feed of apps under test, and the key that signs its manifests. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeKey, publicKeyOf } from '../../scripts/release/signing.mjs';
import { ARTIFACTS } from './artifact-cache';

/** Fixed, because the feed's address is packed into the apps. */
export const FEED_PORT = 18_573;

export interface TestFeed {
  /** Private key, PEM. */
  key: string;
  /** Content of the app's `updates.json`. */
  updates: { feed: string; keys: readonly string[]; multiRange: boolean };
}

/** Stores one test key in the clone: a new key would require packing every app again. */
export function testFeed(root: string): TestFeed {
  const file = join(root, ARTIFACTS, 'update-key.pem');
  if (!existsSync(file)) {
    mkdirSync(join(root, ARTIFACTS), { recursive: true });
    writeFileSync(file, makeKey().privateKey, { mode: 0o600 });
  }
  const key = readFileSync(file, 'utf8');
  return { key, updates: { feed: `http://127.0.0.1:${FEED_PORT}/`, keys: [publicKeyOf(key)], multiRange: false } };
}
