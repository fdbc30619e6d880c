// @ts-check
// The libraries Electron is linked against on Linux, and the tools the tests of the window need.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runTool } from './tool.mjs';
import { UserError } from './user-error.mjs';

/** @typedef {import('./tool.mjs').Work} Work */
/** @typedef {{ has: string, apt: string, dnf: string, pacman: string }} Need */

/** `has`: the name the dynamic linker looks for. Debian 13 and Ubuntu 24.04 renamed some packages to `...t64`. */
const libraries = /** @type {Need[]} */ ([
  { has: 'libgtk-3.so.0', apt: 'libgtk-3-0', dnf: 'gtk3', pacman: 'gtk3' },
  { has: 'libnss3.so', apt: 'libnss3', dnf: 'nss', pacman: 'nss' },
  { has: 'libasound.so.2', apt: 'libasound2', dnf: 'alsa-lib', pacman: 'alsa-lib' },
  { has: 'libgbm.so.1', apt: 'libgbm1', dnf: 'mesa-libgbm', pacman: 'mesa' },
  { has: 'libXss.so.1', apt: 'libxss1', dnf: 'libXScrnSaver', pacman: 'libxss' },
  { has: 'libatk-bridge-2.0.so.0', apt: 'libatk-bridge2.0-0', dnf: 'at-spi2-atk', pacman: 'at-spi2-core' },
  { has: 'libdrm.so.2', apt: 'libdrm2', dnf: 'libdrm', pacman: 'libdrm' },
]);

/** Chromium loads it where it is installed, and asks the keyring with it. */
const testLibraries = /** @type {Need[]} */ ([
  { has: 'libsecret-1.so.0', apt: 'libsecret-1-0', dnf: 'libsecret', pacman: 'libsecret' },
]);

/** `has`: a program on PATH. */
const testTools = /** @type {Need[]} */ ([
  { has: 'Xvfb', apt: 'xvfb', dnf: 'xorg-x11-server-Xvfb', pacman: 'xorg-server-xvfb' },
  { has: 'xauth', apt: 'xauth', dnf: 'xorg-x11-xauth', pacman: 'xorg-xauth' },
  { has: 'xwininfo', apt: 'x11-utils', dnf: 'xwininfo', pacman: 'xorg-xwininfo' },
  { has: 'cc', apt: 'build-essential', dnf: 'gcc', pacman: 'gcc' },
  { has: 'dbus-daemon', apt: 'dbus', dnf: 'dbus-daemon', pacman: 'dbus' },
]);

/**
 * What this machine lacks. Takes about 10 ms: it asks the dynamic linker's own list, not the package manager.
 * @param {{ tests: boolean }} options
 * @returns {Need[]}
 */
export function missingFromSystem({ tests }) {
  if (process.platform !== 'linux') return [];
  const known = listOfLinker();
  return [
    // Without that list (musl, NixOS) nothing can be said; Electron itself will name what it lacks.
    ...[...libraries, ...(tests ? testLibraries : [])].filter(
      ({ has }) => known !== undefined && !known.includes(`\t${has} `),
    ),
    ...(tests ? testTools.filter(({ has }) => !onPath(has)) : []),
  ];
}

/**
 * Installs what is missing where we may, else throws a UserError with the one command to run.
 * @param {Work} work
 * @param {Need[]} missing
 */
export async function installIntoSystem(work, missing) {
  const what = missing.map(({ has }) => has).join(', ');
  if (onPath('apt-get')) {
    if (process.getuid?.() === 0) {
      const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
      await runTool(work, 'apt-get', ['update'], { env });
      await runTool(work, 'apt-get', ['install', '-y', '--no-install-recommends', ...aptNames(missing)], { env });
      return;
    }
    const names = aptNames(missing).join(' ');
    throw lacks(what, `sudo apt-get update && sudo apt-get install -y ${names}`);
  }
  if (onPath('dnf')) throw lacks(what, `sudo dnf install -y ${missing.map(({ dnf }) => dnf).join(' ')}`);
  if (onPath('pacman')) throw lacks(what, `sudo pacman -S --needed ${missing.map(({ pacman }) => pacman).join(' ')}`);
  throw new UserError(`This system lacks ${what}.`, 'Install them with its package manager and run this again.');
}

/**
 * @param {string} what
 * @param {string} command
 */
function lacks(what, command) {
  return new UserError(`This system lacks ${what}. Run this, then the same command again:`, command);
}

/**
 * @param {Need[]} missing
 * @returns {string[]}
 */
function aptNames(missing) {
  return missing.map(({ apt }) => {
    const renamed = `${apt}t64`;
    const shown = spawnSync('apt-cache', ['show', '--no-all-versions', renamed], { stdio: 'ignore' });
    return shown.status === 0 ? renamed : apt;
  });
}

/** @returns {string | undefined} */
function listOfLinker() {
  // /sbin is not on every user's PATH.
  const ldconfig = ['/sbin/ldconfig', '/usr/sbin/ldconfig'].find(existsSync);
  if (ldconfig === undefined) return undefined;
  const { status, stdout } = spawnSync(ldconfig, ['-p'], { encoding: 'utf8' });
  return status === 0 ? stdout : undefined;
}

/**
 * Whether a program of that name is on PATH.
 * @param {string} name
 */
export function onPath(name) {
  return (process.env['PATH'] ?? '').split(delimiter).some(folder => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
