/**
 * Tells whether a folder of LevelDB is sound, as LevelDB would find out while it opens and reads it. Chromium opens the
 * storage of a page only once, and creates an empty one when it finds damage.
 */

import { readLog } from './leveldb-log';
import { isSoundTable } from './leveldb-table';
import { readVarint } from './varint';

export interface Inspection {
  /** The damage, for the log; undefined for sound storage. */
  damage: string | undefined;
  /** Whether LevelDB opens a damaged folder nevertheless, and lacks a few records. */
  opens: boolean;
  /** Logs whose end was cut off by a power cut or a kill, with the length of their complete records. */
  cut: readonly { name: string; bytes: number }[];
}

/** Names of the files that contain data, with their content. */
export type Files = ReadonlyMap<string, Buffer>;

interface Version {
  /** Number of the oldest log that is still needed; 0 for the first one. */
  log: number;
  /** Numbers and sizes of the tables. */
  tables: Map<number, number>;
}

/** LevelDB gives this number to the first log of a new folder, and records 0. */
const FIRST_LOG = 3;

/** Inspects a folder. It is sound if it contains nothing yet. */
export function inspectLevelDb(files: Files): Inspection {
  const cut: { name: string; bytes: number }[] = [];
  const damaged = (damage: string, opens = false): Inspection => ({ damage, opens, cut: [] });
  const logs = [...files.keys()].filter(name => name.endsWith('.log'));
  const tables = [...files.keys()].filter(name => /\.(ldb|sst)$/.test(name));
  const isNew = tables.length === 0 && logs.every(name => files.get(name)?.length === 0);

  const current = files.get('CURRENT')?.toString('latin1');
  if (current === undefined && isNew) return { damage: undefined, opens: true, cut };
  const manifest = /^(MANIFEST-\d+)\n$/.exec(current ?? '')?.[1];
  if (manifest === undefined) return damaged(current === undefined ? 'CURRENT is missing' : 'CURRENT is damaged');
  const list = files.get(manifest);
  if (list === undefined) return damaged(`${manifest} is missing`);
  const { records, completeBytes, damaged: listDamaged } = readLog(list);
  const version = listDamaged ? undefined : readVersion(records);
  if (version === undefined) return damaged(`${manifest} is damaged`);
  if (completeBytes < list.length) cut.push({ name: manifest, bytes: completeBytes });

  for (const [number, bytes] of version.tables) {
    const name = tables.find(name => numberOf(name) === number);
    const table = name === undefined ? undefined : files.get(name);
    if (table === undefined) return damaged(`table ${number} is missing`);
    if (table.length !== bytes || !isSoundTable(table)) return damaged(`${name} is damaged`);
  }
  const first = version.log === 0 ? FIRST_LOG : version.log;
  if (!isNew && !logs.some(name => numberOf(name) === first)) return damaged(`log ${first} is missing`);
  for (const [name, file] of files) {
    // LevelDB does not read a log whose records are in a table, and removes it.
    if (!name.endsWith('.log') || numberOf(name) < first) continue;
    const log = readLog(file);
    if (log.damaged) return damaged(`${name} is damaged`, true);
    if (log.completeBytes < file.length) cut.push({ name, bytes: log.completeBytes });
  }
  return { damage: undefined, opens: true, cut };
}

function numberOf(name: string): number {
  return Number.parseInt(name, 10);
}

/** Fields of a record in the list of tables, by their tags. */
const COMPARATOR = 1;
const LOG = 2;
const NEXT_FILE = 3;
const LAST_SEQUENCE = 4;
const COMPACT_POINTER = 5;
const DELETED_TABLE = 6;
const NEW_TABLE = 7;
const PREVIOUS_LOG = 9;

/** Returns the state that the records lead to; undefined if they are incomplete or not understood. */
function readVersion(records: readonly Uint8Array[]): Version | undefined {
  const version: Version = { log: 0, tables: new Map() };
  const seen = new Set<number>();
  try {
    for (const record of records) {
      for (let at = 0; at < record.length; ) {
        const tag = readVarint(record, at);
        seen.add(tag.value);
        const end = readField(version, tag.value, record, tag.end);
        if (end === undefined || end > record.length) return undefined;
        at = end;
      }
    }
  } catch {
    return undefined;
  }
  return [LOG, NEXT_FILE, LAST_SEQUENCE].every(tag => seen.has(tag)) ? version : undefined;
}

/** Applies a field to the version, and returns the place after it; undefined for an unknown field. */
function readField(version: Version, tag: number, record: Uint8Array, start: number): number | undefined {
  let at = start;
  const number = () => {
    const { value, end } = readVarint(record, at);
    at = end;
    return value;
  };
  const skipText = () => {
    const bytes = number();
    at += bytes;
  };
  if (tag === COMPARATOR) skipText();
  else if (tag === LOG) version.log = number();
  else if (tag === NEXT_FILE || tag === LAST_SEQUENCE || tag === PREVIOUS_LOG) number();
  else if (tag === COMPACT_POINTER) {
    number();
    skipText();
  } else if (tag === DELETED_TABLE) {
    number();
    version.tables.delete(number());
  } else if (tag === NEW_TABLE) {
    number();
    const table = number();
    version.tables.set(table, number());
    skipText();
    skipText();
  } else return undefined;
  return at;
}
