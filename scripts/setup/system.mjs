// @ts-check
// System packages on Linux: the libraries that Electron is linked against, and the tools of the tests.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { IN_CI } from './ci.mjs';
import { runTool } from './tool.mjs';
import { UserError } from './user-error.mjs';

/** @typedef {import('./tool.mjs').Work} Work */
/** @typedef {{ provides: string, apt: string, dnf: string, pacman: string }} SystemPackage */

/** `provides`: name of the library. Debian 13 and Ubuntu 24.04 renamed some packages to `...t64`. */
const libraries = /** @type {SystemPackage[]} */ ([
  { provides: 'libgtk-3.so.0', apt: 'libgtk-3-0', dnf: 'gtk3', pacman: 'gtk3' },
  { provides: 'libnss3.so', apt: 'libnss3', dnf: 'nss', pacman: 'nss' },
  { provides: 'libasound.so.2', apt: 'libasound2', dnf: 'alsa-lib', pacman: 'alsa-lib' },
  { provides: 'libgbm.so.1', apt: 'libgbm1', dnf: 'mesa-libgbm', pacman: 'mesa' },
  { provides: 'libXss.so.1', apt: 'libxss1', dnf: 'libXScrnSaver', pacman: 'libxss' },
  { provides: 'libatk-bridge-2.0.so.0', apt: 'libatk-bridge2.0-0', dnf: 'at-spi2-atk', pacman: 'at-spi2-core' },
  { provides: 'libdrm.so.2', apt: 'libdrm2', dnf: 'libdrm', pacman: 'libdrm' },
]);

/** Electron loads these if they are installed, and then uses the keyring, or shows notifications. */
const testLibraries = /** @type {SystemPackage[]} */ ([
  { provides: 'libsecret-1.so.0', apt: 'libsecret-1-0', dnf: 'libsecret', pacman: 'libsecret' },
  { provides: 'libnotify.so.4', apt: 'libnotify4', dnf: 'libnotify', pacman: 'libnotify' },
]);

/** `provides`: a program on PATH. */
const testTools = /** @type {SystemPackage[]} */ ([
  { provides: 'Xvfb', apt: 'xvfb', dnf: 'xorg-x11-server-Xvfb', pacman: 'xorg-server-xvfb' },
  { provides: 'xauth', apt: 'xauth', dnf: 'xorg-x11-xauth', pacman: 'xorg-xauth' },
  { provides: 'xwininfo', apt: 'x11-utils', dnf: 'xwininfo', pacman: 'xorg-xwininfo' },
  { provides: 'cc', apt: 'build-essential', dnf: 'gcc', pacman: 'gcc' },
  { provides: 'dbus-daemon', apt: 'dbus', dnf: 'dbus-daemon', pacman: 'dbus' },
  { provides: 'openbox', apt: 'openbox', dnf: 'openbox', pacman: 'openbox' },
  { provides: 'xdotool', apt: 'xdotool', dnf: 'xdotool', pacman: 'xdotool' },
  { provides: 'makensis', apt: 'nsis', dnf: 'mingw32-nsis', pacman: 'nsis' },
  { provides: 'osslsigncode', apt: 'osslsigncode', dnf: 'osslsigncode', pacman: 'osslsigncode' },
]);

/**
 * For tests on other kinds of disks, with other shells, browsers and desktops, which are skipped outside CI if a program
 * is missing. `provides`: as above.
 */
const ciTools = /** @type {SystemPackage[]} */ ([
  { provides: 'mkfs.exfat', apt: 'exfatprogs', dnf: 'exfatprogs', pacman: 'exfatprogs' },
  { provides: 'mount.exfat-fuse', apt: 'exfat-fuse', dnf: 'fuse-exfat', pacman: 'exfat-utils' },
  { provides: 'mkntfs', apt: 'ntfs-3g', dnf: 'ntfsprogs', pacman: 'ntfs-3g' },
  { provides: 'zsh', apt: 'zsh', dnf: 'zsh', pacman: 'zsh' },
  { provides: 'fish', apt: 'fish', dnf: 'fish', pacman: 'fish' },
  { provides: 'weston', apt: 'weston', dnf: 'weston', pacman: 'weston' },
  { provides: 'chromium', apt: 'chromium', dnf: 'chromium', pacman: 'chromium' },
  { provides: 'xfce4-panel', apt: 'xfce4-panel', dnf: 'xfce4-panel', pacman: 'xfce4-panel' },
  { provides: 'xfce4-notifyd-config', apt: 'xfce4-notifyd', dnf: 'xfce4-notifyd', pacman: 'xfce4-notifyd' },
  { provides: 'xsetroot', apt: 'x11-xserver-utils', dnf: 'xsetroot', pacman: 'xorg-xsetroot' },
]);

/**
 * Returns the packages that this machine lacks. Takes about 10 ms, because it reads the cache of the dynamic linker and
 * does not query the package manager.
 * @param {{ tests: boolean }} options
 * @returns {SystemPackage[]}
 */
export function findMissingPackages({ tests }) {
  if (process.platform !== 'linux') return [];
  const known = linkerCache();
  return [
    // Without that cache (musl, NixOS) assume nothing; Electron itself names the libraries it lacks.
    ...[...libraries, ...(tests ? testLibraries : [])].filter(
      ({ provides }) => known !== undefined && !known.includes(`\t${provides} `),
    ),
    ...(tests ? [...testTools, ...(IN_CI ? ciTools : [])] : []).filter(({ provides }) => !onPath(provides)),
  ];
}

/**
 * Installs packages with apt if we are root, else throws a UserError with the command to run.
 * @param {Work} work
 * @param {SystemPackage[]} missing
 */
export async function installSystemPackages(work, missing) {
  const what = missing.map(({ provides }) => provides).join(', ');
  if (onPath('apt-get')) {
    if (process.getuid?.() === 0) {
      const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
      await runTool(work, 'apt-get', ['update'], { env });
      await runTool(work, 'apt-get', ['install', '-y', '--no-install-recommends', ...aptNames(missing)], { env });
      return;
    }
    const names = aptNames(missing).join(' ');
    throw missingError(what, `sudo apt-get update && sudo apt-get install -y ${names}`);
  }
  if (onPath('dnf')) throw missingError(what, `sudo dnf install -y ${missing.map(({ dnf }) => dnf).join(' ')}`);
  if (onPath('pacman'))
    throw missingError(what, `sudo pacman -S --needed ${missing.map(({ pacman }) => pacman).join(' ')}`);
  throw new UserError(`This system lacks ${what}.`, 'Install them with its package manager and run this again.');
}

/**
 * @param {string} what
 * @param {string} command
 */
function missingError(what, command) {
  return new UserError(`This system lacks ${what}. Run this, then the same command again:`, command);
}

/**
 * @param {SystemPackage[]} missing
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
function linkerCache() {
  // /sbin is not on every user's PATH.
  const ldconfig = ['/sbin/ldconfig', '/usr/sbin/ldconfig'].find(existsSync);
  if (ldconfig === undefined) return undefined;
  const { status, stdout } = spawnSync(ldconfig, ['-p'], { encoding: 'utf8' });
  return status === 0 ? stdout : undefined;
}

/**
 * Whether a program of this name is on PATH.
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
