/** The feed that apps under test take updates from, and the key its manifests are signed with. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeKey, publicKeyOf } from '../../scripts/release/signing.mjs';
import { ARTIFACTS } from './made-once';

/** Packed into the apps as the one place their updates come from. */
export const FEED_PORT = 18_573;

export interface TestFeed {
  /** Private, in PEM. */
  key: string;
  /** The content of the app's `updates.json`. */
  updates: { feed: string; keys: readonly string[]; multiRange: boolean };
}

/** Keeps one throw-away key in the clone: with another one every app would have to be packed again. */
export function testFeed(root: string): TestFeed {
  const file = join(root, ARTIFACTS, 'update-key.pem');
  if (!existsSync(file)) {
    mkdirSync(join(root, ARTIFACTS), { recursive: true });
    writeFileSync(file, makeKey().privateKey, { mode: 0o600 });
  }
  const key = readFileSync(file, 'utf8');
  return { key, updates: { feed: `http://127.0.0.1:${FEED_PORT}/`, keys: [publicKeyOf(key)], multiRange: false } };
}
