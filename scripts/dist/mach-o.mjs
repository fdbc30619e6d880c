// @ts-check
// Programs and libraries for macOS (Mach-O files).
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** First four bytes of files for one architecture, and of files for several. */
const THIN = new Set(['cffaedfe', 'cefaedfe']);
const UNIVERSAL = 'cafebabe';
/** Offset of the first file in a universal file's table of contents, and of the kind in a file's header. */
const FIRST_OFFSET = 16;
const KIND_OFFSET = 12;
const PROGRAM = 2;

/** @typedef {{ file: string, isProgram: boolean }} MachO `isProgram`: can be started; the others are libraries */

/**
 * Returns the programs and libraries for macOS in a folder, without links to them.
 * @param {string} folder
 * @returns {MachO[]}
 */
export function machOFilesIn(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile());
  return entries.flatMap(entry => {
    const file = join(entry.parentPath, entry.name);
    const kind = kindOf(file);
    return kind === undefined ? [] : [{ file, isProgram: kind === PROGRAM }];
  });
}

/**
 * Returns the kind in a Mach-O header; undefined for another file, such as a Java class, which begins as a universal
 * file does.
 * @param {string} file
 */
function kindOf(file) {
  const open = openSync(file, 'r');
  try {
    const magic = read(open, 0, 4).toString('hex');
    const start = magic === UNIVERSAL ? read(open, FIRST_OFFSET, 4).readUInt32BE() : 0;
    const header = read(open, start, KIND_OFFSET + 4);
    return THIN.has(header.toString('hex', 0, 4)) ? header.readUInt32LE(KIND_OFFSET) : undefined;
  } finally {
    closeSync(open);
  }
}

/**
 * @param {number} open
 * @param {number} start
 * @param {number} length
 */
function read(open, start, length) {
  const bytes = Buffer.alloc(length);
  readSync(open, bytes, 0, length, start);
  return bytes;
}
