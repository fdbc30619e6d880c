import { execFile } from 'node:child_process';
import { copyFile, link, mkdir, open, readdir, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Backup } from './core/record';

interface Options {
  /** The server's entry, and the environment in which it finds the same data as the server. */
  file: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  workspace: string;
  /** CachiBot's data folder. */
  data: string;
  /** For the name of the copy. */
  versions: { cachibot: string | undefined; app: string };
  now: Date;
}

/** A big database on a slow disk takes its time. */
const LIMIT_MS = 10 * 60_000;

/** Copies the database by SQLite's own way, while the server runs. Rejects with the reason in words. */
export async function copyData(options: Options): Promise<{ says: string; backup?: Backup }> {
  const { file, args, env, workspace, data, versions, now } = options;
  const folder = join(data, 'backups');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // Named as the server names its own: they are kept and removed by the same rule.
  const stamp = now.toISOString().replace(/[-:]|\.\d+/g, '');
  const which = versions.cachibot === undefined ? '' : `${versions.cachibot}-`;
  const copy = join(folder, `cachibot-${which}app-${versions.app}-${stamp}.db`);
  const says = await new Promise<string>((resolve, reject) => {
    const how = { env, cwd: workspace, timeout: LIMIT_MS, windowsHide: true };
    execFile(file, [...args, '--backup', copy], how, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout.trim());
      reject(new Error(stderr.trim().split('\n').at(-1) || error.message));
    });
  });
  const [from, to] = ['Copied ', ` to ${copy}.`];
  const database = says.startsWith(from) && says.endsWith(to) ? says.slice(from.length, -to.length) : undefined;
  return { says, ...(database === undefined ? {} : { backup: { database, copy } }) };
}

/**
 * Ends the name of a copy that is about to take the database's place; before it stands what the database will be kept
 * as. `cachibot_desktop/data/restore.py` has the other half.
 */
const INSTEAD = '.instead';
/** What SQLite may put beside a database. */
const SIDE_FILES = ['-wal', '-shm', '-journal'];

/**
 * Puts a copy in the database's place, while no server runs; what was there is kept beside it. Returns its name. Several
 * files cannot change places at once: whoever dies before the copy is named `INSTEAD` has changed nothing, and from then
 * on the next server finishes it before it opens the database.
 */
export async function putBack({ database: named, copy }: Backup, now: Date): Promise<string> {
  const database = await withoutLinks(named);
  await finishPuttingBack(database);
  const aside = `${database}.before-${now.toISOString().replace(/[:.]/g, '-')}`;
  const part = `${database}.part`;
  await copyFile(copy, part);
  const handle = await open(part, 'r+');
  try {
    await handle.chmod(0o600);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await link(database, aside).catch(() => copyFile(database, aside));
  await rename(part, aside + INSTEAD);
  try {
    await finishPuttingBack(database);
  } catch (error) {
    await takeBack(database, aside).catch(() => {}); // then the next server finishes it
    throw error;
  }
  return aside;
}

/** All as it was, where the database could not be moved: on Windows somebody may have it open. */
async function takeBack(database: string, aside: string): Promise<void> {
  for (const ending of SIDE_FILES) await rename(aside + ending, database + ending).catch(unlessMissing);
  await rm(aside + INSTEAD, { force: true });
  await rm(aside, { force: true });
}

/** Puts the copy in the database's place that is named for it, if there is one. */
export async function finishPuttingBack(named: string): Promise<void> {
  const database = await withoutLinks(named);
  const before = `${basename(database)}.before-`;
  const names = await readdir(dirname(database));
  for (const name of names.filter(name => name.startsWith(before) && name.endsWith(INSTEAD))) {
    const instead = join(dirname(database), name);
    const aside = instead.slice(0, -INSTEAD.length);
    // Beside another database they would be taken for its own.
    for (const ending of SIDE_FILES) await rename(database + ending, aside + ending).catch(unlessMissing);
    await rename(instead, database);
  }
}

/** SQLite keeps its side files beside the file that a link leads to, and a rename over the link would only replace the link. */
async function withoutLinks(database: string): Promise<string> {
  return realpath(database).catch(() => database); // between two steps of putting back there may be no such file
}

function unlessMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
