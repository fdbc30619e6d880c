// @ts-check
// Signatures over update manifests: what the app checks with the keys in its updates.json.
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Trouble } from '../setup/trouble.mjs';
import { manifestsIn } from './manifests.mjs';

/** Stands before all that is signed; `desktop/core/update-trust.ts` has the other half. */
const PURPOSE = 'CachiBot update manifest, version 1';

/** @returns {{ privateKey: string, publicKey: string }} a PEM for the safe, and 32 bytes in base64 for updates.json */
export function makeKey() {
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
  return { privateKey: pem, publicKey: publicKeyOf(pem) };
}

/** @param {string} pem */
export function publicKeyOf(pem) {
  let key;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw new Trouble(
      'The key for signing is no private key in PEM.',
      'Make one: node scripts/release/make-key.mjs FILE',
    );
  }
  if (key.asymmetricKeyType !== 'ed25519')
    throw new Trouble(
      `The key for signing is ${key.asymmetricKeyType}, not ed25519.`,
      'Make one: node scripts/release/make-key.mjs FILE',
    );
  return Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x ?? '', 'base64url').toString('base64');
}

/**
 * The line that goes into the file beside a manifest.
 * @param {string} pem
 * @param {string} name of the manifest's file: it says which channel and which system it is for
 * @param {string} manifest
 */
export function signatureLine(pem, name, manifest) {
  const signature = sign(null, Buffer.from(`${PURPOSE}\n${name}\n${manifest}`), createPrivateKey(pem));
  return `ed25519 ${publicKeyOf(pem)} ${signature.toString('base64')}\n`;
}

/**
 * Signs every manifest in a folder, with each of the keys. Returns their names.
 * @param {string} folder
 * @param {readonly string[]} pems
 */
export function signManifests(folder, pems) {
  const names = manifestsIn(folder);
  if (names.length === 0) throw new Trouble(`There is no update manifest in ${folder}.`, 'Build the installers first.');
  for (const name of names) {
    const manifest = readFileSync(join(folder, name), 'utf8');
    writeFileSync(join(folder, `${name}.sig`), pems.map(pem => signatureLine(pem, name, manifest)).join(''));
  }
  return names;
}

/**
 * Why a build may not be published as far as its updates go; empty when it may.
 * @param {unknown} updates content of the updates.json that is packed in it
 * @param {readonly string[]} publicKeys those of the keys that its manifests are signed with
 */
export function objectionsToPublish(updates, publicKeys) {
  const { feed, keys } = /** @type {{ feed?: unknown, keys?: unknown }} */ (updates ?? {});
  const known = Array.isArray(keys) ? keys : [];
  return [
    ...(typeof feed === 'string' && feed.startsWith('https://') ? [] : [`its feed is no https address (${feed})`]),
    ...(known.length > 0 ? [] : ['it knows no key, so it could never be updated']),
    ...publicKeys
      .filter(key => !known.includes(key))
      .map(key => `its manifests are signed with ${key}, which it does not know`),
    ...(publicKeys.length > 0 ? [] : ['its manifests are not signed']),
  ];
}
