// @ts-check
// `node scripts/release/sign.mjs FOLDER [--key FILE]... [--updates FILE]`: signs every update manifest in FOLDER. Without
// --key, the key is in CACHIBOT_UPDATE_KEY, in PEM; during a change of keys it contains two keys, and both sign. Fails if
// the app (--updates, else build/updates.json) knows none of the keys, because it would reject the update. Fails for a
// rehearsal, because apps would trust its manifests if the real key signed them.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { UserError } from '../setup/user-error.mjs';
import { assetsIn } from './assets.mjs';
import { manifestsIn, readManifest } from './manifests.mjs';
import { keyProblems, publicKeyOf, signManifests } from './signing.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../../..');
const PEM = /-----BEGIN PRIVATE KEY-----[\s\S]+?-----END PRIVATE KEY-----/g;

try {
  const { values, positionals } = parseArgs({
    options: { key: { type: 'string', multiple: true }, updates: { type: 'string' } },
    allowPositionals: true,
  });
  const [folder] = positionals;
  if (folder === undefined)
    throw new UserError('The folder is missing.', 'Usage: node scripts/release/sign.mjs FOLDER');
  const text =
    values.key?.map(file => readFileSync(file, 'utf8')).join('\n') ?? process.env['CACHIBOT_UPDATE_KEY'] ?? '';
  const pems = text.match(PEM) ?? [];
  if (pems.length === 0)
    throw new UserError('There is no key to sign with.', 'Use --key FILE or set CACHIBOT_UPDATE_KEY.');
  const updates = JSON.parse(readFileSync(values.updates ?? join(root, 'build', 'updates.json'), 'utf8'));
  const problems = keyProblems(updates, pems.map(publicKeyOf));
  if (problems.length > 0)
    throw new UserError(`The app would reject this update: ${problems.join('; ')}.`, 'See docs/updates.md.');
  const rehearsal = [...assetsIn(folder).all, ...(await namedIn(folder))].find(name => name.includes('rehearsal'));
  if (rehearsal !== undefined)
    throw new UserError(`${rehearsal} is a rehearsal and is not signed.`, 'Build a release.');
  for (const name of signManifests(folder, pems)) console.log(`${name}.sig`);
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

/**
 * Returns the files that the manifests in a folder name, whether they exist or not.
 * @param {string} folder
 */
async function namedIn(folder) {
  const manifests = await Promise.all(manifestsIn(folder).map(name => readManifest(join(folder, name))));
  return manifests.flatMap(({ files }) => (files ?? []).map(({ url }) => url));
}
