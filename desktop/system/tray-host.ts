import { runProgram } from './run-program';

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
    const { output, failure } = await runProgram(program, args, { limitMs: LIMIT_MS });
    if (failure?.code !== 'ENOENT') return failure === undefined && /\btrue\b/.test(output);
  }
  return false;
}
