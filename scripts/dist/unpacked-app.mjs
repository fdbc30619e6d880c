// @ts-check
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../setup/user-error.mjs';

/**
 * @typedef {object} UnpackedApp
 * @property {string} executable
 * @property {string} resources the folder with the app's code and the server
 */

/** Where the builds lie: the ones for release, and those with stand-ins. */
export const outputs = /** @type {const} */ ({
  release: 'release',
  rehearsal: join('release', 'rehearsal'),
});

/** @typedef {{ platform: string, arch: string }} Machine */

/** How electron-builder names the folder of an app, before the processor, which it leaves out where that is x64. */
const SYSTEMS = /** @type {Record<string, string>} */ ({ linux: 'linux', win32: 'win', darwin: 'mac' });
const PROCESSORS = ['x64', 'arm64'];

/**
 * The unpacked app in an output folder that this machine runs, if there is one. Windows' installers leave one for each
 * processor, of which a test on x64 can start only its own.
 * @param {string} output
 * @param {Machine} [machine]
 * @returns {UnpackedApp | undefined}
 */
export function unpackedAppIn(output, machine = process) {
  const app = appIn(join(output, folderOf(machine)), machine.platform);
  return existsSync(app.executable) ? app : undefined;
}

/**
 * The unpacked apps in an output folder, whatever processor they are for.
 * @param {string} output
 * @param {string} [platform]
 */
export function unpackedAppsIn(output, platform = process.platform) {
  return PROCESSORS.flatMap(arch => unpackedAppIn(output, { platform, arch }) ?? []);
}

/**
 * The one that was built last, as it would be shipped. Throws a UserError when there is none.
 * @param {string} root
 */
export function newestApp(root) {
  const apps = [outputs.release, outputs.rehearsal].flatMap(output => unpackedAppIn(join(root, output)) ?? []);
  const newest = apps.sort((a, b) => statSync(b.resources).mtimeMs - statSync(a.resources).mtimeMs)[0];
  if (newest === undefined) throw new UserError('There is no unpacked app.', 'Build it first: npm run dist -- --dir');
  return newest;
}

/** @param {Machine} machine */
function folderOf({ platform, arch }) {
  const processor = arch === 'x64' ? '' : `-${arch}`;
  return `${SYSTEMS[platform]}${processor}${platform === 'darwin' ? '' : '-unpacked'}`;
}

/**
 * @param {string} folder
 * @param {string} platform
 * @returns {UnpackedApp}
 */
function appIn(folder, platform) {
  if (platform === 'darwin') {
    const contents = join(folder, 'CachiBot.app', 'Contents');
    return { executable: join(contents, 'MacOS', 'CachiBot'), resources: join(contents, 'Resources') };
  }
  const name = platform === 'win32' ? 'CachiBot.exe' : 'cachibot-desktop';
  return { executable: join(folder, name), resources: join(folder, 'resources') };
}
