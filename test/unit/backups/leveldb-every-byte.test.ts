/**
 * Inspects a folder of LevelDB that Electron has written, and damages it in every place. It is not beside the tests of
 * the pure code, because it is too slow for mutation testing.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { inspectLevelDb } from '../../../desktop/backups/core/leveldb';
import { readLog } from '../../../desktop/backups/core/leveldb-log';

const FOLDER = join(__dirname, '../../fixtures/leveldb');
const files = new Map(readdirSync(FOLDER).map(name => [name, readFileSync(join(FOLDER, name))]));
const named = (ending: string) => [...files.keys()].find(name => name.includes(ending)) ?? '';
const [manifest, log, table] = ['MANIFEST', '.log', '.ldb'].map(named) as [string, string, string];
const contentOf = (name: string) => files.get(name) as Buffer;

/** Inspects the folder with other content of one file, or without it. */
function inspectWith(name: string, content?: Buffer | string) {
  const changed = new Map(files);
  if (content === undefined) changed.delete(name);
  else changed.set(name, Buffer.from(content));
  return inspectLevelDb(changed);
}

/** The content of a file, with one byte changed. */
function flipped(name: string, at: number): Buffer {
  const content = Buffer.from(contentOf(name));
  content[at] = (content[at] ?? 0) ^ 0x41;
  return content;
}

const bytesOf = (name: string) => Array.from({ length: contentOf(name).length }, (_, at) => at);

it('finds no damage in what Electron has written, nor in an empty folder', () => {
  const sound = { damage: undefined, opens: true, cut: [] };
  expect(inspectLevelDb(files)).toEqual(sound);
  expect(inspectLevelDb(new Map())).toEqual(sound);
  // Chromium was killed while it created the folder.
  expect(inspectLevelDb(new Map([['MANIFEST-000001', Buffer.alloc(0)]]))).toEqual(sound);
});

it('finds each changed byte of a table', () => {
  const unnoticed = bytesOf(table).filter(at => inspectWith(table, flipped(table, at)).damage === undefined);
  // The bytes between the numbers and the end of a footer are not used.
  const unused = contentOf(table).length - 48;
  expect(unnoticed.filter(at => at < unused)).toEqual([]);
  expect(inspectWith(table, contentOf(table).subarray(0, -1)).damage).toBe(`${table} is damaged`);
  expect(inspectWith(table).damage).toBe(`table ${Number.parseInt(table, 10)} is missing`);
});

it.each([
  ['CURRENT', undefined, 'CURRENT is missing'],
  ['CURRENT', '', 'CURRENT is damaged'],
  ['CURRENT', 'MANIFEST-000001', 'CURRENT is damaged'],
  ['CURRENT', 'MANIFEST-999999\n', 'MANIFEST-999999 is missing'],
  [manifest, undefined, `${manifest} is missing`],
  [manifest, '', `${manifest} is damaged`],
  [log, undefined, `log ${Number.parseInt(log, 10)} is missing`],
])('finds damage when %s contains %j', (name, content, damage) => {
  expect(inspectWith(name, content)).toEqual({ damage, opens: false, cut: [] });
});

it('finds that the list of tables was cut or changed', () => {
  const cuts = bytesOf(manifest).filter(
    at => inspectWith(manifest, contentOf(manifest).subarray(0, at)).damage === undefined,
  );
  const changes = bytesOf(manifest).filter(at => inspectWith(manifest, flipped(manifest, at)).damage === undefined);
  expect({ cuts, changes }).toEqual({ cuts: [], changes: [] });
});

it('accepts a log that was cut anywhere, and says how much of it is complete', () => {
  const length = contentOf(log).length;
  const ends = new Set<number>();
  for (const at of bytesOf(log)) {
    const { damage, cut } = inspectWith(log, contentOf(log).subarray(0, at));
    expect(damage).toBeUndefined();
    const complete = cut[0]?.bytes ?? at;
    expect(inspectWith(log, contentOf(log).subarray(0, complete)).cut).toEqual([]);
    ends.add(complete);
  }
  expect([...ends].every(end => end < length)).toBe(true);
  // A disk without power may have written the length of a file only.
  const zeros = Buffer.concat([contentOf(log), Buffer.alloc(100_000)]);
  expect(inspectWith(log, zeros)).toEqual({ damage: undefined, opens: true, cut: [{ name: log, bytes: length }] });
});

it('finds a change in a log if a record follows it', () => {
  const last = Math.max(
    ...bytesOf(log).map(at => inspectWith(log, contentOf(log).subarray(0, at)).cut[0]?.bytes ?? at),
  );
  const unnoticed = bytesOf(log).filter(at => at < last && inspectWith(log, flipped(log, at)).damage === undefined);
  expect(unnoticed).toEqual([]);
  expect(inspectWith(log, flipped(log, 0))).toEqual({ damage: `${log} is damaged`, opens: true, cut: [] });
});

// To check a fragment at each byte would take longer than a test may.
it('reads four megabytes of which every second byte could begin a fragment', () => {
  expect(readLog(Buffer.from('Дd'.repeat(1_000_000), 'utf16le')).damaged).toBe(false);
});
