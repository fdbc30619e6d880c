/**
 * Decides whether an update manifest (`latest-linux.yml`) is trusted. Its signatures are in a file beside it. A signature
 * also covers the manifest's name, so the manifest of a beta or of another system cannot replace the right one.
 */

import { words } from '../../words/en';
import { purpose } from './signature-purpose.json';

/**
 * Returns the signed text, to the byte. It starts with the purpose, so that a signature cannot be used for anything else.
 * `scripts/release/signing.mjs` signs the same text.
 */
export function signedText(name: string, manifest: string): string {
  return `${purpose}\n${name}\n${manifest}`;
}

export interface Signature {
  /** The public key, in base64. */
  key: string;
  /** In base64. */
  signature: string;
}

/** Reads the lines `ed25519 KEY SIGNATURE` of a signature file. It has several while the keys are changed. */
export function readSignatures(text: string): Signature[] {
  const lines = text.matchAll(/^ed25519 ([A-Za-z0-9+/]{43}=) ([A-Za-z0-9+/]{86}==)$/gm);
  return [...lines].map(([, key = '', signature = '']) => ({ key, signature }));
}

export interface Manifest {
  version: string;
  /** As ISO 8601. */
  releaseDate: string;
}

/** Returns the reason to refuse a manifest with a valid signature; undefined to accept it. */
export function objectionTo({ version, releaseDate }: Partial<Manifest>, newestSeen: string | undefined) {
  if (typeof version !== 'string' || !/^\d+\.\d+\.\d/.test(version)) return words.updateProblem.noVersion;
  if (typeof releaseDate !== 'string' || Number.isNaN(Date.parse(releaseDate))) return words.updateProblem.noDate;
  // Dates are compared with each other, never with this machine's clock, which may be wrong.
  if (newestSeen !== undefined && Date.parse(releaseDate) < Date.parse(newestSeen))
    return words.updateProblem.olderThanSeen(releaseDate);
  return undefined;
}
