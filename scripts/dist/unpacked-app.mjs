// @ts-check
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Trouble } from '../setup/trouble.mjs';

/**
 * @typedef {object} UnpackedApp
 * @property {string} executable
 * @property {string} resources the folder with the app's code and the server
 */

/** Where the builds lie: the ones for release, those with stand-ins, and those that tests can drive from within. */
export const outputs = /** @type {const} */ ({
  release: 'release',
  rehearsal: join('release', 'rehearsal'),
  driven: join('release', 'rehearsal-driven'),
});

/**
 * The unpacked app of this machine's kind in an output folder, if there is one.
 * @param {string} output
 * @returns {UnpackedApp | undefined}
 */
export function unpackedAppIn(output) {
  const names = existsSync(output) ? readdirSync(output) : [];
  const folders = names.map(name => join(output, name)).filter(folder => existsSync(appIn(folder).executable));
  const newest = folders.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
  return newest === undefined ? undefined : appIn(newest);
}

/**
 * The one that was built last, as it would be shipped. Throws a Trouble when there is none.
 * @param {string} root
 */
export function newestApp(root) {
  const apps = [outputs.release, outputs.rehearsal].flatMap(output => unpackedAppIn(join(root, output)) ?? []);
  const newest = apps.sort((a, b) => statSync(b.resources).mtimeMs - statSync(a.resources).mtimeMs)[0];
  if (newest === undefined) throw new Trouble('There is no unpacked app.', 'Build it first: npm run dist -- --dir');
  return newest;
}

/**
 * @param {string} folder
 * @returns {UnpackedApp}
 */
function appIn(folder) {
  if (process.platform === 'darwin') {
    const contents = join(folder, 'CachiBot.app', 'Contents');
    return { executable: join(contents, 'MacOS', 'CachiBot'), resources: join(contents, 'Resources') };
  }
  const name = process.platform === 'win32' ? 'CachiBot.exe' : 'cachibot-desktop';
  return { executable: join(folder, name), resources: join(folder, 'resources') };
}
