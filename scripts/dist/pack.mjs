// @ts-check
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { differences } from '../backend/manifest.mjs';
import { layAppImageTools, officialAppImageTools } from '../offline/appimage-tools.mjs';
import { offlineRuntime } from '../offline/electron-runtime.mjs';
import { linuxTools } from '../offline/linux-tools.mjs';
import { installIntoSystem, onPath } from '../setup/system.mjs';
import { runTool } from '../setup/tool.mjs';
import { UserError } from '../setup/user-error.mjs';
import { frozenServer } from './frozen-server.mjs';
import { isInstaller } from './sizes.mjs';
import { layPapers } from './third-party-notices.mjs';
import { outputs, unpackedAppIn, unpackedAppsIn } from './unpacked-app.mjs';

/** @typedef {import('../setup/tool.mjs').Work} Work */

/**
 * Packs the app into a folder. Whatever is built with a stand-in says so: in the folder's name, in About, in --doctor.
 * @param {Work} work
 * @param {object} options
 * @param {string} options.electron the binary that the set-up has found
 * @param {string} [options.backend] a frozen server in place of the clone's own
 * @param {boolean} [options.installers] makes them in the same go: on Windows and macOS, which sign what they pack
 * @returns {Promise<{ app: import('./unpacked-app.mjs').UnpackedApp, rehearsal: string | undefined }>}
 */
export async function packFolder(work, { electron, backend, installers }) {
  const { root } = work;
  const server = frozenServer(root, backend);
  const runtime = offlineRuntime(root, electron);
  const reasons = [
    ...(runtime ? [`Electron ${runtime.version} in place of ${pinnedElectron(root)}`] : []),
    ...(backend ? ['a server that is not the clone’s own'] : []),
  ];
  const rehearsal = reasons.length > 0 ? reasons.join(', ') : undefined;
  const folder = rehearsal ? outputs.rehearsal : outputs.release;
  const settings = {
    'directories.output': folder,
    ...(runtime ? { electronDist: runtime.folder, electronVersion: runtime.version } : {}),
    ...(rehearsal ? { 'extraMetadata.rehearsal': rehearsal } : {}),
  };
  if (!rehearsal) checkNotarisation(process);
  if (installers) removeInstallers(join(root, folder));
  // Relative: electron-builder puts its project's folder before whatever a variable stands for.
  const env = {
    ...process.env,
    CACHIBOT_DESKTOP_BACKEND: relative(root, server),
    CACHIBOT_DESKTOP_UPDATES: 'build',
    CACHIBOT_DESKTOP_PAPERS: await layPapers(work, runtime?.version ?? pinnedElectron(root)),
    CACHIBOT_DESKTOP_MARK: markOf(rehearsal, process),
  };
  const unsigned = markOf(undefined, process) === UNSIGNED && process.platform === 'darwin';
  const words = installers && process.platform === 'win32' ? [] : [`--${process.arch}`];
  await build(
    work,
    installers ? words : ['--dir', ...words],
    { ...settings, ...(unsigned ? { 'mac.identity': null, 'mac.notarize': false } : {}) },
    env,
  );

  const app = unpackedAppIn(join(root, folder));
  if (app === undefined) throw new UserError(`${folder} holds no app that could be run here.`, `See ${work.logFile}.`);
  checkServers(unpackedAppsIn(join(root, folder)));
  return { app, rehearsal };
}

/**
 * Throws a UserError where a packed server is not what its manifest says: the app would refuse to start it.
 * @param {readonly import('./unpacked-app.mjs').UnpackedApp[]} apps
 */
export function checkServers(apps) {
  for (const { resources } of apps) {
    const server = join(resources, 'backend');
    const wrong = differences(server);
    if (wrong.length > 0)
      throw new UserError(
        `The server was not packed as it is (${server}, ${wrong.length} files: ${wrong[0]}).`,
        'This is a bug.',
      );
  }
}

const UNSIGNED = '-unsigned';

/**
 * What the names of installers tell about them: that they are a rehearsal, or, on systems that ask for a signature, that
 * nobody has signed them.
 * @param {string | undefined} rehearsal why it is one
 * @param {{ platform: string, env: NodeJS.ProcessEnv }} machine
 */
export function markOf(rehearsal, { platform, env }) {
  if (rehearsal) return '-rehearsal';
  const certificate = platform === 'win32' ? env['WIN_CSC_LINK'] || env['CSC_LINK'] : env['CSC_LINK'];
  return ['win32', 'darwin'].includes(platform) && !certificate ? UNSIGNED : '';
}

/** What electron-builder notarises with: all of one of these. */
const NOTARISATIONS = [
  ['APPLE_API_KEY', 'APPLE_API_KEY_ID', 'APPLE_API_ISSUER'],
  ['APPLE_ID', 'APPLE_APP_SPECIFIC_PASSWORD', 'APPLE_TEAM_ID'],
  ['APPLE_KEYCHAIN_PROFILE'],
];

/**
 * Throws a UserError where an app for macOS would be signed and not notarised. electron-builder says so in its log only, no
 * name of a file tells, and macOS refuses to start what users have downloaded.
 * @param {{ platform: string, env: NodeJS.ProcessEnv }} machine
 */
export function checkNotarisation({ platform, env }) {
  const signed = platform === 'darwin' && markOf(undefined, { platform, env }) !== UNSIGNED;
  if (!signed || NOTARISATIONS.some(names => names.every(name => env[name]))) return;
  const ways = NOTARISATIONS.map(names => names.join(', ')).join('; or ');
  throw new UserError('There is a certificate for macOS, and nothing to notarise with.', `Set ${ways}.`);
}

/** What makes an rpm; electron-builder brings along only what calls it. */
const RPMBUILD = { has: 'rpmbuild', apt: 'rpm', dnf: 'rpm-build', pacman: 'rpm-tools' };

/**
 * Installs what electron-builder's own tools need of a Linux system, or throws a UserError that says how. They would miss
 * it only after the minutes that all the rest takes.
 * @param {Work} work
 * @param {readonly string[]} [targets] all when there are none
 */
export async function haveRpmbuild(work, targets = []) {
  const wanted = targets.length === 0 || targets.includes('rpm');
  if (wanted && !onPath(RPMBUILD.has)) await installIntoSystem(work, [RPMBUILD]);
}

/**
 * Makes the Linux packages of a packed app, in release/. Those of a rehearsal have it in their names.
 * @param {Work} work
 * @param {Awaited<ReturnType<typeof packFolder>>} packed
 * @param {object} [other] for tests
 * @param {string} [other.version] than that of package.json
 * @param {string} [other.output] relative to the clone
 * @param {readonly string[]} [other.targets] not all of them
 * @param {boolean} [other.quick] in a quarter of the time, and larger than what users get
 * @returns {Promise<string[]>} their files, relative to the clone
 */
export async function packInstallers(
  work,
  { app, rehearsal },
  { version, output = outputs.release, targets = [], quick = false } = {},
) {
  const { root } = work;
  if (!rehearsal) await haveRpmbuild(work, targets);
  const tools = rehearsal ? await linuxTools(work) : { appImageTools: await officialAppImageTools(root), env: {} };
  // One folder for each output: several packings may run at a time.
  const appImageTools = join(root, '.setup', 'dist', 'appimage', output.replaceAll(/\W+/g, '-'));
  // The stand-in for the AppImage runtime is older than zstd.
  const compression = !rehearsal ? 'zstd' : quick ? 'gzip' : 'xz';
  const env = {
    ...process.env,
    ...tools.env,
    APPIMAGE_TOOLS_PATH: layAppImageTools(appImageTools, tools.appImageTools, compression),
    CACHIBOT_DESKTOP_BACKEND: '.',
    CACHIBOT_DESKTOP_UPDATES: 'build',
    CACHIBOT_DESKTOP_PAPERS: '.',
    CACHIBOT_DESKTOP_MARK: markOf(rehearsal, process),
  };
  removeInstallers(join(root, output));
  const settings = {
    'directories.output': output,
    ...(version === undefined ? {} : { 'extraMetadata.version': version }),
    ...(quick ? { 'deb.compression': 'gz' } : {}),
  };
  const system = targets.length > 0 ? ['--linux', ...targets] : [];
  await build(work, [...system, '--prepackaged', dirname(app.executable)], settings, env);
  return installersIn(root, output);
}

/**
 * Those of an earlier build, whose names may differ, and what electron-builder has written beside them.
 * @param {string} folder
 */
function removeInstallers(folder) {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const made = names.filter(name => isInstaller(name) || /\.(blockmap|yml)$/.test(name));
  for (const name of made) rmSync(join(folder, name));
}

/**
 * @param {string} root
 * @param {string} output
 * @returns {string[]} relative to the clone
 */
export function installersIn(root, output) {
  const made = readdirSync(join(root, output)).filter(isInstaller);
  return made.map(name => join(output, name));
}

/**
 * @param {Work} work
 * @param {string[]} words
 * @param {Record<string, unknown>} settings in place of those in electron-builder.yml
 * @param {NodeJS.ProcessEnv} env
 */
async function build(work, words, settings, env) {
  const builder = join(work.root, 'node_modules', 'electron-builder', 'cli.js');
  const args = Object.entries(settings).map(([name, value]) => `-c.${name}=${value}`);
  await runTool(work, process.execPath, [builder, ...words, '--publish', 'never', ...args], { env });
}

/** @param {string} root */
function pinnedElectron(root) {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).devDependencies.electron;
}
