import { execFile } from 'node:child_process';

const LIMIT_MS = 1_000;
const WATCHER = 'org.kde.StatusNotifierWatcher';
const PATH = '/StatusNotifierWatcher';
const HOST = 'IsStatusNotifierHostRegistered';
const GET = 'org.freedesktop.DBus.Properties.Get';

/** Programs that read a property on the session bus. One of them is on nearly every desktop. */
const QUERIES: readonly (readonly [string, readonly string[]])[] = [
  ['dbus-send', ['--session', '--print-reply', `--dest=${WATCHER}`, PATH, GET, `string:${WATCHER}`, `string:${HOST}`]],
  ['busctl', ['--user', 'get-property', WATCHER, PATH, WATCHER, HOST]],
  ['gdbus', ['call', '--session', '--dest', WATCHER, '--object-path', PATH, '--method', GET, WATCHER, HOST]],
];

/**
 * Returns whether the desktop shows icons in a tray: whether a StatusNotifier host is registered. GNOME has one by an
 * extension only.
 */
export async function hasTrayHost(queries = QUERIES): Promise<boolean> {
  for (const [program, args] of queries) {
    const answer = await run(program, args);
    if (answer !== undefined) return /\btrue\b/.test(answer);
  }
  return false;
}

/** Returns the program's output, empty if it fails; undefined if the program is not installed. */
function run(program: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise(resolve => {
    execFile(program, args, { timeout: LIMIT_MS }, (error, stdout) => {
      if (error === null) resolve(stdout);
      else resolve((error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : '');
    });
  });
}
