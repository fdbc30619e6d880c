// @ts-check
// `node scripts/release/make-key.mjs FILE`: creates a key that signs update manifests. Run it on a machine without
// network. Store FILE in a safe and in the release's secret, and add the printed line to build/updates.json.
import { existsSync, writeFileSync } from 'node:fs';
import { makeKey } from './signing.mjs';

const [file] = process.argv.slice(2);
if (file === undefined || existsSync(file)) {
  console.error(
    file === undefined
      ? 'Usage: node scripts/release/make-key.mjs FILE'
      : `${file} already exists. A key is never overwritten.`,
  );
  process.exit(1);
}
const { privateKey, publicKey } = makeKey();
writeFileSync(file, privateKey, { mode: 0o600, flag: 'wx' });
console.log(publicKey);
