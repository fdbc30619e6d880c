// @ts-check
// Signatures over update manifests: what the app checks with the keys in its updates.json.
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../setup/user-error.mjs';
import { manifestsIn } from './manifests.mjs';

const PURPOSE_FILE = new URL('../../desktop/updates/core/signature-purpose.json', import.meta.url);
const SIGNATURE = /^ed25519 ([A-Za-z0-9+/]{43}=) ([A-Za-z0-9+/]{86}==)$/gm;

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
    throw new UserError(
      'The key for signing is no private key in PEM.',
      'Make one: node scripts/release/make-key.mjs FILE',
    );
  }
  if (key.asymmetricKeyType !== 'ed25519')
    throw new UserError(
      `The key for signing is ${key.asymmetricKeyType}, not ed25519.`,
      'Make one: node scripts/release/make-key.mjs FILE',
    );
  return Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x ?? '', 'base64url').toString('base64');
}

/** The exact bytes that are signed; the app checks the same. @param {string} name @param {string} manifest */
function signedBytes(name, manifest) {
  const { purpose } = JSON.parse(readFileSync(PURPOSE_FILE, 'utf8'));
  return Buffer.from(`${purpose}\n${name}\n${manifest}`);
}

/**
 * The line that goes into the file beside a manifest.
 * @param {string} pem
 * @param {string} name of the manifest's file: it says which channel and which system it is for
 * @param {string} manifest
 */
export function signatureLine(pem, name, manifest) {
  const signature = sign(null, signedBytes(name, manifest), createPrivateKey(pem));
  return `ed25519 ${publicKeyOf(pem)} ${signature.toString('base64')}\n`;
}

/**
 * Signs every manifest in a folder, with each of the keys. Returns their names.
 * @param {string} folder
 * @param {readonly string[]} pems
 */
export function signManifests(folder, pems) {
  const names = manifestsIn(folder);
  if (names.length === 0)
    throw new UserError(`There is no update manifest in ${folder}.`, 'Build the installers first.');
  for (const name of names) {
    const manifest = readFileSync(join(folder, name), 'utf8');
    writeFileSync(join(folder, `${name}.sig`), pems.map(pem => signatureLine(pem, name, manifest)).join(''));
  }
  return names;
}

/**
 * Whose right signatures lie beside a manifest, and what is wrong there, one line each.
 * @param {string} folder
 * @param {string} name
 * @returns {{ keys: string[], wrong: string[] }}
 */
export function signaturesOf(folder, name) {
  const beside = join(folder, `${name}.sig`);
  const lines = existsSync(beside) ? readFileSync(beside, 'utf8').matchAll(SIGNATURE) : [];
  const signed = signedBytes(name, readFileSync(join(folder, name), 'utf8'));
  const found = [...lines].map(([, key = '', signature = '']) => ({ key, right: isRight(signed, key, signature) }));
  const keys = found.flatMap(({ key, right }) => (right ? [key] : []));
  const wrong = found.flatMap(({ key, right }) => (right ? [] : [`the signature of ${name} with ${key} is wrong`]));
  return { keys, wrong: found.length === 0 ? [`${name} is not signed`] : wrong };
}

/**
 * @param {Buffer} signed
 * @param {string} key public, in base64
 * @param {string} signature in base64
 */
function isRight(signed, key, signature) {
  const x = Buffer.from(key, 'base64').toString('base64url');
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  return verify(null, signed, publicKey, Buffer.from(signature, 'base64'));
}

/**
 * Why a build may not be published as far as its updates go; empty when it may. A signature with another key beside one
 * that the build knows is for the versions before it, which may know only that one.
 * @param {unknown} updates content of the updates.json that is packed in it
 * @param {readonly string[]} publicKeys those of the keys that its manifests are signed with
 */
export function objectionsToPublish(updates, publicKeys) {
  const { feed, keys } = /** @type {{ feed?: unknown, keys?: unknown }} */ (updates ?? {});
  const known = Array.isArray(keys) ? keys : [];
  return [
    ...(typeof feed === 'string' && feed.startsWith('https://') ? [] : [`its feed is no https address (${feed})`]),
    ...(known.length > 0 ? [] : ['it knows no key, so it could never be updated']),
    ...(publicKeys.length > 0 && !publicKeys.some(key => known.includes(key))
      ? [`its manifests are signed with ${publicKeys.join(' and ')}, which it does not know`]
      : []),
    ...(publicKeys.length > 0 ? [] : ['its manifests are not signed']),
  ];
}
