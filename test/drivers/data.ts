/** Writes the user's data before a run and checks it afterwards, with Python's SQLite and without a server. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SEED = `
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("PRAGMA journal_mode=WAL")
connection.execute("CREATE TABLE users_own_lines (line TEXT)")
connection.executemany("INSERT INTO users_own_lines VALUES (?)", [(f"line {number}",) for number in range(1000)])
connection.commit()
connection.close()
`;
const CHECK = `
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
verdict = connection.execute("PRAGMA integrity_check").fetchall()
assert verdict == [("ok",)], verdict
assert not connection.execute("PRAGMA foreign_key_check").fetchall()
print(connection.execute("SELECT count(DISTINCT line) FROM users_own_lines").fetchone()[0])
`;
const MESSAGES = `
import json, sqlite3, sys
connection = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
print(json.dumps([text for (text,) in connection.execute("SELECT content FROM bot_messages ORDER BY timestamp")]))
`;
const LINES = 1000;
const KEPT = 'kept by the user';

/** Path of CachiBot's database in a home. */
export const databaseIn = (home: string): string => join(home, '.cachibot', 'cachibot.db');

/** Creates a database with 1,000 rows, and a file beside it. `expectDataIntact` checks both. */
export function seedData({ home, user }: { home: string; user: number | undefined }, python: string): void {
  mkdirSync(join(home, '.cachibot'), { recursive: true });
  writeFileSync(join(home, '.cachibot', 'kept.txt'), KEPT);
  runPython(python, SEED, databaseIn(home));
  if (user !== undefined) spawnSync('chown', ['-R', `${user}:${user}`, join(home, '.cachibot')]);
}

/**
 * Checks that the data is complete and undamaged.
 * @throws Error that names what is damaged or missing
 */
export function expectDataIntact(home: string, python: string): string {
  const lines = Number(runPython(python, CHECK, databaseIn(home)));
  if (lines !== LINES) throw new Error(`The database has ${lines} of the user's ${LINES} lines.`);
  if (readFileSync(join(home, '.cachibot', 'kept.txt'), 'utf8') !== KEPT) throw new Error('A file was changed.');
  return 'data intact';
}

/** Every message of users and bots, oldest first. */
export function messagesIn(database: string, python: string): string[] {
  return JSON.parse(runPython(python, MESSAGES, database));
}

function runPython(python: string, program: string, database: string): string {
  const { status, stdout, stderr } = spawnSync(python, ['-c', program, database], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`The database: ${stderr.trim().split('\n').at(-1)}`);
  return stdout.trim();
}
