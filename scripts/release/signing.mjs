// @ts-check
// Signatures of update manifests. The app verifies them with the keys in its updates.json.
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../setup/user-error.mjs';
import { manifestsIn } from './manifests.mjs';

const PURPOSE_FILE = new URL('../../desktop/updates/core/signature-purpose.json', import.meta.url);
const SIGNATURE = /^ed25519 ([A-Za-z0-9+/]{43}=) ([A-Za-z0-9+/]{86}==)$/gm;

/**
 * Creates a key.
 * @returns {{ privateKey: string, publicKey: string }} private in PEM; public: 32 bytes in base64, for updates.json
 */
export function makeKey() {
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
  return { privateKey: pem, publicKey: publicKeyOf(pem) };
}

/**
 * Returns the public key of a private key, 32 bytes in base64. Throws a UserError if it is not an Ed25519 key in PEM.
 * @param {string} pem
 */
export function publicKeyOf(pem) {
  let key;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw new UserError(
      'The signing key is not a private key in PEM.',
      'Create one: node scripts/release/make-key.mjs FILE',
    );
  }
  if (key.asymmetricKeyType !== 'ed25519')
    throw new UserError(
      `The signing key is ${key.asymmetricKeyType}, not ed25519.`,
      'Create one: node scripts/release/make-key.mjs FILE',
    );
  return Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x ?? '', 'base64url').toString('base64');
}

/** Returns the bytes to sign. The app verifies the same bytes. @param {string} name @param {string} manifest */
function signedBytes(name, manifest) {
  const { purpose } = JSON.parse(readFileSync(PURPOSE_FILE, 'utf8'));
  return Buffer.from(`${purpose}\n${name}\n${manifest}`);
}

/**
 * Returns a line of the signature file of a manifest.
 * @param {string} pem
 * @param {string} name of the manifest's file, which contains its channel and system
 * @param {string} manifest
 */
export function signatureLine(pem, name, manifest) {
  const signature = sign(null, signedBytes(name, manifest), createPrivateKey(pem));
  return `ed25519 ${publicKeyOf(pem)} ${signature.toString('base64')}\n`;
}

/**
 * Signs every manifest in a folder with each key. Returns the names of the manifests.
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
 * Verifies the signatures of a manifest.
 * @param {string} folder
 * @param {string} name
 * @returns {{ keys: string[], wrong: string[] }} `keys`: keys with a valid signature; `wrong`: problems, one line each
 */
export function verifySignatures(folder, name) {
  const file = join(folder, `${name}.sig`);
  const lines = existsSync(file) ? readFileSync(file, 'utf8').matchAll(SIGNATURE) : [];
  const signed = signedBytes(name, readFileSync(join(folder, name), 'utf8'));
  const found = [...lines].map(([, key = '', signature = '']) => ({ key, valid: isValid(signed, key, signature) }));
  const keys = found.flatMap(({ key, valid }) => (valid ? [key] : []));
  const wrong = found.flatMap(({ key, valid }) => (valid ? [] : [`the signature of ${name} with ${key} is not valid`]));
  return { keys, wrong: found.length === 0 ? [`${name} is not signed`] : wrong };
}

/**
 * @param {Buffer} signed
 * @param {string} key public, in base64
 * @param {string} signature in base64
 */
function isValid(signed, key, signature) {
  const x = Buffer.from(key, 'base64').toString('base64url');
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  return verify(null, signed, publicKey, Buffer.from(signature, 'base64'));
}

/**
 * Returns the problems with a build's feed and keys that would keep it from being updated. Additional signatures with keys
 * that the build does not know are allowed: older versions may know only those.
 * @param {unknown} updates content of the build's updates.json
 * @param {readonly string[]} publicKeys of the keys that its manifests are signed with
 */
export function keyProblems(updates, publicKeys) {
  const { feed, keys } = /** @type {{ feed?: unknown, keys?: unknown }} */ (updates ?? {});
  const known = Array.isArray(keys) ? keys : [];
  return [
    ...(typeof feed === 'string' && feed.startsWith('https://') ? [] : [`its feed is not an https address (${feed})`]),
    ...(known.length > 0 ? [] : ['it knows no key, so it could never be updated']),
    ...(publicKeys.length > 0 && !publicKeys.some(key => known.includes(key))
      ? [`its manifests are signed with ${publicKeys.join(' and ')}, which it does not know`]
      : []),
    ...(publicKeys.length > 0 ? [] : ['its manifests are not signed']),
  ];
}
