/** Makes a dictionary in Chromium's format, which its own source describes in `bdict.h`. */

import { createHash } from 'node:crypto';

const HEADER_BYTES = 32;

/** Returns the content of a dictionary of a few words, which begin with different letters. */
export function dictionaryOf(words: readonly string[]): Buffer {
  const affixes = affixTables();
  const head = Buffer.alloc(HEADER_BYTES);
  head.write('BDic', 0);
  head.writeUInt16LE(2, 4); // version 2.0
  head.writeUInt32LE(HEADER_BYTES, 8);
  head.writeUInt32LE(HEADER_BYTES + affixes.length, 12);
  const body = Buffer.concat([affixes, wordTree([...words].sort())]);
  createHash('md5').update(body).digest().copy(head, 16);
  return Buffer.concat([head, body]);
}

/** Four empty tables after the four offsets at which they begin. */
function affixTables(): Buffer {
  const tables = [Buffer.from('\0\0'), Buffer.from('\0'), Buffer.from('\0\0'), Buffer.from('\0')];
  const offsets = Buffer.alloc(4 * tables.length);
  let at = HEADER_BYTES + offsets.length;
  for (const [index, table] of tables.entries()) {
    offsets.writeUInt32LE(at, 4 * index);
    at += table.length;
  }
  return Buffer.concat([offsets, ...tables]);
}

/** A list of first letters, each with the offset of a leaf that has the other letters. */
function wordTree(words: readonly string[]): Buffer {
  const list = 0xe0;
  const leafWithText = 0x40;
  const leaves = words.map(word => Buffer.from([leafWithText, 0, ...Buffer.from(word.slice(1)), 0]));
  let at = 0;
  const pairs = leaves.map((leaf, index) => {
    const pair = [words[index]?.charCodeAt(0) ?? 0, at];
    at += leaf.length;
    return pair;
  });
  return Buffer.concat([Buffer.from([list | words.length, ...pairs.flat()]), ...leaves]);
}
