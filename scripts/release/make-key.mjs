// @ts-check
// `node scripts/release/make-key.mjs FILE`: makes a key that update manifests are signed with. On a machine that is not
// connected; FILE goes into the safe and into the release's secret, the line it prints into build/updates.json.
import { existsSync, writeFileSync } from 'node:fs';
import { makeKey } from './signing.mjs';

const [file] = process.argv.slice(2);
if (file === undefined || existsSync(file)) {
  console.error(file === undefined ? 'Name the file for the private key.' : `${file} exists; a key is never replaced.`);
  process.exit(1);
}
const { privateKey, publicKey } = makeKey();
writeFileSync(file, privateKey, { mode: 0o600, flag: 'wx' });
console.log(publicKey);
