// @ts-check
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../setup/user-error.mjs';

/**
 * @typedef {object} UnpackedApp
 * @property {string} executable
 * @property {string} resources folder of the app's code and the server
 */

/** Output folders of builds, relative to the clone: for release, and rehearsals. */
export const outputs = /** @type {const} */ ({
  release: 'release',
  rehearsal: join('release', 'rehearsal'),
});

/** @typedef {{ platform: string, arch: string }} Machine */

/** Prefix of electron-builder's folder of an unpacked app. The architecture follows, unless it is x64. */
const SYSTEMS = /** @type {Record<string, string>} */ ({ linux: 'linux', win32: 'win', darwin: 'mac' });
const ARCHITECTURES = ['x64', 'arm64'];

/**
 * Returns the unpacked app for this machine in an output folder, or undefined. A build for Windows has an app for each
 * architecture, and x64 cannot start the app for arm64.
 * @param {string} output
 * @param {Machine} [machine]
 * @returns {UnpackedApp | undefined}
 */
export function unpackedAppIn(output, machine = process) {
  const app = appIn(join(output, folderOf(machine)), machine.platform);
  return existsSync(app.executable) ? app : undefined;
}

/**
 * Returns the unpacked apps of all architectures in an output folder.
 * @param {string} output
 * @param {string} [platform]
 */
export function unpackedAppsIn(output, platform = process.platform) {
  return ARCHITECTURES.flatMap(arch => unpackedAppIn(output, { platform, arch }) ?? []);
}

/**
 * Returns the unpacked app that was built last. Throws a UserError if there is none.
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
  const suffix = arch === 'x64' ? '' : `-${arch}`;
  return `${SYSTEMS[platform]}${suffix}${platform === 'darwin' ? '' : '-unpacked'}`;
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
