// @ts-check
// Programs and libraries for Windows (PE files), and whether they have a signature.
import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** Offset of the PE header's own offset, in the DOS header. */
const PE_OFFSET = 0x3c;
/** Bytes of the PE signature and of the file header, which precede the optional header. */
const FILE_HEADER_BYTES = 24;
/** Offset of the data directories in the optional header, by its magic number: 32 bits, 64 bits. */
const DIRECTORIES = new Map([
  [0x10b, 96],
  [0x20b, 112],
]);
/** Number of the certificate table among the data directories. */
const CERTIFICATES = 4;
/** Type of an Authenticode signature in the certificate table. */
const PKCS_SIGNED_DATA = 2;
const TABLE_HEADER_BYTES = 8;

/**
 * Returns whether a program or library for Windows has a signature, from its certificate table; undefined for another
 * file. Does not verify the signature, which only Windows can.
 * @param {string} file
 * @returns {boolean | undefined}
 */
export function hasSignature(file) {
  const open = openSync(file, 'r');
  try {
    const header = peHeader(open);
    if (header === undefined) return undefined;
    const directories = DIRECTORIES.get(header.readUInt16LE(FILE_HEADER_BYTES));
    if (directories === undefined) return undefined;
    const entry = FILE_HEADER_BYTES + directories + CERTIFICATES * 8;
    const [start, length] = [header.readUInt32LE(entry), header.readUInt32LE(entry + 4)];
    if (length <= TABLE_HEADER_BYTES || start + length > fstatSync(open).size) return false;
    const table = read(open, start, TABLE_HEADER_BYTES);
    return table.readUInt32LE(0) > TABLE_HEADER_BYTES && table.readUInt16LE(6) === PKCS_SIGNED_DATA;
  } finally {
    closeSync(open);
  }
}

/**
 * Returns the programs and libraries for Windows in a folder, whatever their names end with.
 * @param {string} folder
 * @returns {{ file: string, signed: boolean }[]}
 */
export function windowsProgramsIn(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile());
  return entries.flatMap(entry => {
    const file = join(entry.parentPath, entry.name);
    const signed = hasSignature(file);
    return signed === undefined ? [] : [{ file, signed }];
  });
}

/**
 * Returns the PE header and what follows it, at least until the certificate table's entry; undefined if there is none.
 * @param {number} open
 */
function peHeader(open) {
  const dos = read(open, 0, PE_OFFSET + 4);
  if (dos.toString('latin1', 0, 2) !== 'MZ') return undefined;
  const header = read(open, dos.readUInt32LE(PE_OFFSET), FILE_HEADER_BYTES + 112 + (CERTIFICATES + 1) * 8);
  return header.toString('latin1', 0, 4) === 'PE\0\0' ? header : undefined;
}

/**
 * Reads bytes; zeros follow the end of the file.
 * @param {number} open
 * @param {number} start
 * @param {number} length
 */
function read(open, start, length) {
  const bytes = Buffer.alloc(length);
  readSync(open, bytes, 0, length, start);
  return bytes;
}
