/**
 * Decides whether an update manifest (`latest-linux.yml`) is trusted. A file of signatures lies beside it. A signature
 * covers the manifest's name, too, so that a beta cannot pass for a stable release, nor one system's manifest for another's.
 */

import { words } from '../../words/en';
import { purpose } from './signature-purpose.json';

/**
 * The exact bytes that are signed, as text. The purpose comes first, so that a signature cannot be used for anything else.
 * `scripts/release/signing.mjs` signs the same.
 */
export function signedText(name: string, manifest: string): string {
  return `${purpose}\n${name}\n${manifest}`;
}

export interface Signature {
  /** The public key that it names, in base64. */
  key: string;
  /** In base64. */
  signature: string;
}

/** The lines `ed25519 KEY SIGNATURE` of a file of signatures: one for each key while keys are changed. */
export function readSignatures(text: string): Signature[] {
  const lines = text.matchAll(/^ed25519 ([A-Za-z0-9+/]{43}=) ([A-Za-z0-9+/]{86}==)$/gm);
  return [...lines].map(([, key = '', signature = '']) => ({ key, signature }));
}

export interface Manifest {
  version: string;
  /** As ISO 8601. */
  releaseDate: string;
}

/** Why a manifest with a valid signature is refused; undefined when it is accepted. */
export function objectionTo({ version, releaseDate }: Partial<Manifest>, newestSeen: string | undefined) {
  if (typeof version !== 'string' || !/^\d+\.\d+\.\d+/.test(version)) return words.updateProblem.noVersion;
  if (typeof releaseDate !== 'string' || Number.isNaN(Date.parse(releaseDate))) return words.updateProblem.noDate;
  // Dates are compared with each other, never with this machine's clock, which may be wrong.
  if (newestSeen !== undefined && Date.parse(releaseDate) < Date.parse(newestSeen))
    return words.updateProblem.olderThanSeen(releaseDate);
  return undefined;
}
