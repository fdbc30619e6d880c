// @ts-check
// `node scripts/release/sign.mjs FOLDER [--key FILE]... [--updates FILE]`: signs every update manifest in FOLDER. Without
// --key the key is what CACHIBOT_UPDATE_KEY holds, in PEM; two in it, while keys are changed, sign both. Refuses when
// the app (--updates, else build/updates.json) knows none of them: it could not be updated to what they sign. Refuses a
// rehearsal: with a signature of the real key its manifests would be believed.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { UserError } from '../setup/user-error.mjs';
import { assetsIn } from './assets.mjs';
import { manifestsIn, readManifest } from './manifests.mjs';
import { objectionsToPublish, publicKeyOf, signManifests } from './signing.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../../..');
const PEM = /-----BEGIN PRIVATE KEY-----[\s\S]+?-----END PRIVATE KEY-----/g;

try {
  const { values, positionals } = parseArgs({
    options: { key: { type: 'string', multiple: true }, updates: { type: 'string' } },
    allowPositionals: true,
  });
  const [folder] = positionals;
  if (folder === undefined) throw new UserError('No folder was named.', 'Name the one with the update manifests.');
  const text =
    values.key?.map(file => readFileSync(file, 'utf8')).join('\n') ?? process.env['CACHIBOT_UPDATE_KEY'] ?? '';
  const pems = text.match(PEM) ?? [];
  if (pems.length === 0)
    throw new UserError('There is no key to sign with.', 'Give --key FILE or CACHIBOT_UPDATE_KEY.');
  const updates = JSON.parse(readFileSync(values.updates ?? join(root, 'build', 'updates.json'), 'utf8'));
  const objections = objectionsToPublish(updates, pems.map(publicKeyOf));
  if (objections.length > 0)
    throw new UserError(`The app could not be updated to this: ${objections.join('; ')}.`, 'See docs/updates.md.');
  const rehearsal = [...assetsIn(folder).all, ...(await namedIn(folder))].find(name => name.includes('rehearsal'));
  if (rehearsal !== undefined) throw new UserError(`${rehearsal} is a rehearsal and is not signed.`, 'Build it anew.');
  for (const name of signManifests(folder, pems)) console.log(`${name}.sig`);
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

/**
 * The files that the manifests of a folder name, whether they lie there or not.
 * @param {string} folder
 */
async function namedIn(folder) {
  const manifests = await Promise.all(manifestsIn(folder).map(name => readManifest(join(folder, name))));
  return manifests.flatMap(({ files }) => (files ?? []).map(({ url }) => url));
}
