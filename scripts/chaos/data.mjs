// @ts-check
// The person's data before a row and after it. Written and read by Python's own SQLite, with no server in between.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SEED = `
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("PRAGMA journal_mode=WAL")
connection.execute("CREATE TABLE the_persons_own (line TEXT)")
connection.executemany("INSERT INTO the_persons_own VALUES (?)", [(f"line {number}",) for number in range(1000)])
connection.commit()
connection.close()
`;
const LOOK = `
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
verdict = connection.execute("PRAGMA integrity_check").fetchall()
assert verdict == [("ok",)], verdict
assert not connection.execute("PRAGMA foreign_key_check").fetchall()
print(connection.execute("SELECT count(DISTINCT line) FROM the_persons_own").fetchone()[0])
`;
const SAID = `
import json, sqlite3, sys
connection = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
print(json.dumps([text for (text,) in connection.execute("SELECT content FROM bot_messages ORDER BY timestamp")]))
`;
const LINES = 1000;
const KEPT = 'kept by the person';

/** @param {string} home */
export const databaseIn = home => join(home, '.cachibot', 'cachibot.db');

/**
 * Puts something into the database that must still be there afterwards, and a file beside it.
 * @param {{ home: string, user: number | undefined }} run
 * @param {string} python
 */
export function seedData({ home, user }, python) {
  mkdirSync(join(home, '.cachibot'), { recursive: true });
  writeFileSync(join(home, '.cachibot', 'kept.txt'), KEPT);
  ask(python, SEED, databaseIn(home));
  if (user !== undefined) spawnSync('chown', ['-R', `${user}:${user}`, join(home, '.cachibot')]);
}

/**
 * Says that the data is whole; throws what is wrong with it.
 * @param {string} home
 * @param {string} python
 */
export function dataOf(home, python) {
  const lines = Number(ask(python, LOOK, databaseIn(home)));
  if (lines !== LINES) throw new Error(`The database has ${lines} of the person's ${LINES} lines.`);
  if (readFileSync(join(home, '.cachibot', 'kept.txt'), 'utf8') !== KEPT) throw new Error('A file was changed.');
  return 'data whole';
}

/**
 * What people and bots have said to each other, in turn.
 * @param {string} database
 * @param {string} python
 * @returns {string[]}
 */
export function saidIn(database, python) {
  return JSON.parse(ask(python, SAID, database));
}

/** @param {string} python @param {string} program @param {string} database */
function ask(python, program, database) {
  const { status, stdout, stderr } = spawnSync(python, ['-c', program, database], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`The database: ${stderr.trim().split('\n').at(-1)}`);
  return stdout.trim();
}
