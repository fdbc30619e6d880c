// @ts-check
import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { UserError } from '../setup/user-error.mjs';
import { windowsProgramsIn } from './portable-executable.mjs';

/** Signed files by the hash of the unsigned file: the apps of both architectures contain the same server. */
const signedFiles = /** @type {Map<string, string>} */ (new Map());

/**
 * Signs each program and library in a packed app that has no signature, and returns their number. Leaves those of
 * others, such as Microsoft's, as they are.
 * @param {string} folder
 * @param {object} options
 * @param {string} options.except the app's program, which electron-builder changes and signs later
 * @param {(files: string[]) => Promise<unknown>} options.sign
 */
export async function signPrograms(folder, { except, sign }) {
  const unsigned = windowsProgramsIn(folder).flatMap(({ file, signed }) => (signed || file === except ? [] : [file]));
  const hashes = new Map(unsigned.map(file => [file, sha256(file)]));
  const known = unsigned.filter(file => signedFiles.has(hashes.get(file) ?? ''));
  for (const file of known) copyFileSync(signedFiles.get(hashes.get(file) ?? '') ?? file, file);
  await sign(unsigned.filter(file => !known.includes(file)));
  for (const [file, hash] of hashes) signedFiles.set(hash, file);
  checkSigned(folder, { except });
  return unsigned.length;
}

/**
 * Throws a UserError if a program or library in a folder has no signature.
 * @param {string} folder
 * @param {{ except?: string }} [options] `except`: a program that may be unsigned
 */
export function checkSigned(folder, { except } = {}) {
  const unsigned = windowsProgramsIn(folder).filter(({ file, signed }) => !signed && file !== except);
  const [first] = unsigned;
  if (first !== undefined)
    throw new UserError(
      `${unsigned.length} programs and libraries have no signature (${relative(folder, first.file)}).`,
      'Nothing may be released unsigned: see docs/releasing.md.',
    );
}

/** @param {string} file */
function sha256(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
