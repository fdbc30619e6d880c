/**
 * What makes an update manifest (`latest-linux.yml`) worth believing. It lies beside a file of signatures, and the
 * signature covers the manifest's name too: a beta is no stable release, nor one system's manifest another's.
 */

/** Stands before everything that is signed with these keys, so that a signature means nothing else. */
const PURPOSE = 'CachiBot update manifest, version 1';

/** The very bytes, as text, that are signed. `scripts/release/sign.mjs` has the other half. */
export function signedText(name: string, manifest: string): string {
  return `${PURPOSE}\n${name}\n${manifest}`;
}

export interface Signature {
  /** The public key it claims to be of, in base64. */
  key: string;
  /** In base64. */
  signature: string;
}

/** The lines `ed25519 KEY SIGNATURE` of a file of signatures: one for each key, while keys are changed. */
export function readSignatures(text: string): Signature[] {
  const lines = text.matchAll(/^ed25519 ([A-Za-z0-9+/]{43}=) ([A-Za-z0-9+/]{86}==)$/gm);
  return [...lines].map(([, key = '', signature = '']) => ({ key, signature }));
}

export interface Manifest {
  version: string;
  /** As ISO 8601. */
  releaseDate: string;
}

/** Why a manifest with a good signature is refused all the same; undefined for one that is as it should be. */
export function objectionTo({ version, releaseDate }: Partial<Manifest>, newestSeen: string | undefined) {
  if (typeof version !== 'string' || !/^\d+\.\d+\.\d+/.test(version)) return 'The update manifest names no version.';
  if (typeof releaseDate !== 'string' || Number.isNaN(Date.parse(releaseDate)))
    return 'The update manifest names no date.';
  // Compared with one another and never with this machine's clock, which may be wrong.
  if (newestSeen !== undefined && Date.parse(releaseDate) < Date.parse(newestSeen))
    return `The update manifest is of ${releaseDate}, which is older than one seen before: somebody may be holding back updates.`;
  return undefined;
}
