// @ts-check
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pythonProblem } from '../backend/frozen-python.mjs';
import { bundleDifferences } from '../backend/manifest.mjs';
import { installAppImageTools, officialAppImageTools } from '../offline/appimage-tools.mjs';
import { offlineRuntime } from '../offline/electron-runtime.mjs';
import { linuxTools } from '../offline/linux-tools.mjs';
import { installSystemPackages, onPath } from '../setup/system.mjs';
import { runTool } from '../setup/tool.mjs';
import { UserError } from '../setup/user-error.mjs';
import { frozenServer } from './frozen-server.mjs';
import { checkFuses } from './fuses.mjs';
import { checkSigned } from './sign-windows.mjs';
import { isInstaller } from './sizes.mjs';
import { writeNotices } from './third-party-notices.mjs';
import { outputs, unpackedAppIn, unpackedAppsIn } from './unpacked-app.mjs';
import { signingSettings, windowsCertificate } from './windows-certificate.mjs';

/** @typedef {import('../setup/tool.mjs').Work} Work */

/**
 * Packs the app into a folder. The folder's name, About and --doctor identify a rehearsal.
 * @param {Work} work
 * @param {object} options
 * @param {string} options.electron binary of the set-up
 * @param {string} [options.backend] another frozen server than resources/backend
 * @param {boolean} [options.installers] also builds the installers: on Windows and macOS, which sign while they pack
 * @returns {Promise<{ app: import('./unpacked-app.mjs').UnpackedApp, rehearsal: string | undefined }>}
 */
export async function packFolder(work, { electron, backend, installers }) {
  const { root } = work;
  const server = frozenServer(root, backend);
  const runtime = offlineRuntime(root, electron);
  const reasons = [
    ...(runtime ? [`Electron ${runtime.version} instead of ${pinnedElectron(root)}`] : []),
    ...(backend ? ['a server that is not the clone’s own'] : [pythonProblem(server) ?? []].flat()),
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
  // Relative paths: electron-builder prepends the project's folder to the value of a variable.
  const env = {
    ...process.env,
    CACHIBOT_DESKTOP_BACKEND: relative(root, server),
    CACHIBOT_DESKTOP_UPDATES: 'build',
    CACHIBOT_DESKTOP_PAPERS: await writeNotices(work, runtime?.version ?? pinnedElectron(root)),
    CACHIBOT_DESKTOP_MARK: artifactSuffix(rehearsal, process),
  };
  const archs = installers && process.platform === 'win32' ? [] : [`--${process.arch}`];
  await build(work, installers ? archs : ['--dir', ...archs], { ...settings, ...signatureSettings(process) }, env);

  const app = unpackedAppIn(join(root, folder));
  if (app === undefined) throw new UserError(`${folder} contains no app for this machine.`, `See ${work.logFile}.`);
  const apps = unpackedAppsIn(join(root, folder));
  await checkApps(root, apps, process);
  return { app, rehearsal };
}

/**
 * Returns electron-builder's settings for the certificate of this machine, or for none.
 * @param {{ platform: string, env: NodeJS.ProcessEnv }} machine
 * @returns {Record<string, unknown>}
 */
export function signatureSettings({ platform, env }) {
  if (platform === 'win32') return signingSettings(windowsCertificate(env));
  const unsigned = platform === 'darwin' && artifactSuffix(undefined, { platform, env }) === UNSIGNED;
  return unsigned ? { 'mac.identity': null, 'mac.notarize': false } : {};
}

/**
 * Throws a UserError if a packed app may not be released: its server is changed, a fuse has another state, or a file has
 * no signature although this machine has a certificate.
 * @param {string} root
 * @param {readonly import('./unpacked-app.mjs').UnpackedApp[]} apps
 * @param {{ platform: string, env: NodeJS.ProcessEnv }} machine
 */
export async function checkApps(root, apps, { platform, env }) {
  checkServers(apps);
  const { parse } = await import('yaml');
  const { electronFuses } = parse(readFileSync(join(root, 'electron-builder.yml'), 'utf8'));
  for (const { executable } of apps) checkFuses(executable, electronFuses);
  // The names of the installers say that they are signed, because there is a certificate.
  if (platform === 'win32' && windowsCertificate(env) !== undefined)
    for (const { executable } of apps) checkSigned(dirname(executable));
}

/**
 * Throws a UserError if a packed server differs from its manifest, because the app would refuse to start it.
 * @param {readonly import('./unpacked-app.mjs').UnpackedApp[]} apps
 */
export function checkServers(apps) {
  for (const { resources } of apps) {
    const server = join(resources, 'backend');
    const changed = bundleDifferences(server);
    if (changed.length > 0)
      throw new UserError(
        `The packed server differs from its manifest (${server}, ${changed.length} files: ${changed[0]}).`,
        'This is a bug.',
      );
  }
}

const UNSIGNED = '-unsigned';

/**
 * Returns a suffix for the names of installers, if they are a rehearsal, or not signed on a system that requires
 * signatures.
 * @param {string | undefined} rehearsal the reason, for a rehearsal
 * @param {{ platform: string, env: NodeJS.ProcessEnv }} machine
 */
export function artifactSuffix(rehearsal, { platform, env }) {
  if (rehearsal) return '-rehearsal';
  const certificate = platform === 'win32' ? windowsCertificate(env) : env['CSC_LINK'];
  return ['win32', 'darwin'].includes(platform) && !certificate ? UNSIGNED : '';
}

/** Credentials that electron-builder notarises with: it needs all variables of one group. */
const NOTARISATION_VARIABLES = [
  ['APPLE_API_KEY', 'APPLE_API_KEY_ID', 'APPLE_API_ISSUER'],
  ['APPLE_ID', 'APPLE_APP_SPECIFIC_PASSWORD', 'APPLE_TEAM_ID'],
  ['APPLE_KEYCHAIN_PROFILE'],
];

/**
 * Throws a UserError if an app for macOS would be signed but not notarised: macOS refuses to start it after a download,
 * and only electron-builder's log shows it.
 * @param {{ platform: string, env: NodeJS.ProcessEnv }} machine
 */
export function checkNotarisation({ platform, env }) {
  const signed = platform === 'darwin' && artifactSuffix(undefined, { platform, env }) !== UNSIGNED;
  if (!signed || NOTARISATION_VARIABLES.some(names => names.every(name => env[name]))) return;
  const groups = NOTARISATION_VARIABLES.map(names => names.join(', ')).join('; or ');
  throw new UserError('There is a certificate for macOS, but nothing to notarise with.', `Set ${groups}.`);
}

/** The tool that builds an rpm. electron-builder calls it and does not contain it. */
const RPMBUILD = { provides: 'rpmbuild', apt: 'rpm', dnf: 'rpm-build', pacman: 'rpm-tools' };

/**
 * Installs rpmbuild, or throws a UserError that says how. Without it the build would fail only at the end, after minutes.
 * @param {Work} work
 * @param {readonly string[]} [targets] targets of the build; empty for all
 */
export async function ensureRpmbuild(work, targets = []) {
  const wanted = targets.length === 0 || targets.includes('rpm');
  if (wanted && !onPath(RPMBUILD.provides)) await installSystemPackages(work, [RPMBUILD]);
}

/**
 * Builds the Linux packages of a packed app.
 * @param {Work} work
 * @param {Awaited<ReturnType<typeof packFolder>>} packed
 * @param {object} [other] options for tests
 * @param {string} [other.version] instead of the version in package.json
 * @param {string} [other.output] folder relative to the clone, instead of release/
 * @param {readonly string[]} [other.targets] instead of all targets
 * @param {boolean} [other.quick] compresses less, in a quarter of the time
 * @returns {Promise<string[]>} paths of the packages, relative to the clone
 */
export async function packInstallers(
  work,
  { app, rehearsal },
  { version, output = outputs.release, targets = [], quick = false } = {},
) {
  const { root } = work;
  if (!rehearsal) await ensureRpmbuild(work, targets);
  const tools = rehearsal ? await linuxTools(work) : { appImageTools: await officialAppImageTools(root), env: {} };
  // A folder for each output, because several builds may run at the same time.
  const appImageTools = join(root, '.setup', 'dist', 'appimage', output.replaceAll(/\W+/g, '-'));
  // The AppImage runtime of a rehearsal does not support zstd.
  const compression = !rehearsal ? 'zstd' : quick ? 'gzip' : 'xz';
  const env = {
    ...process.env,
    ...tools.env,
    APPIMAGE_TOOLS_PATH: installAppImageTools(appImageTools, tools.appImageTools, compression),
    CACHIBOT_DESKTOP_BACKEND: '.',
    CACHIBOT_DESKTOP_UPDATES: 'build',
    CACHIBOT_DESKTOP_PAPERS: '.',
    CACHIBOT_DESKTOP_MARK: artifactSuffix(rehearsal, process),
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
 * Removes the installers of an earlier build, whose names may differ, with their blockmaps and manifests.
 * @param {string} folder
 */
function removeInstallers(folder) {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const old = names.filter(name => isInstaller(name) || /\.(blockmap|yml)$/.test(name));
  for (const name of old) rmSync(join(folder, name));
}

/**
 * Returns the installers in an output folder.
 * @param {string} root
 * @param {string} output
 * @returns {string[]} relative to the clone
 */
export function installersIn(root, output) {
  const names = readdirSync(join(root, output)).filter(isInstaller);
  return names.map(name => join(output, name));
}

/**
 * Runs electron-builder.
 * @param {Work} work
 * @param {string[]} args
 * @param {Record<string, unknown>} settings override those in electron-builder.yml
 * @param {NodeJS.ProcessEnv} env
 */
async function build(work, args, settings, env) {
  const builder = join(work.root, 'node_modules', 'electron-builder', 'cli.js');
  const overrides = Object.entries(settings).map(([name, value]) => `-c.${name}=${value}`);
  await runTool(work, process.execPath, [builder, ...args, '--publish', 'never', ...overrides], { env });
}

/** @param {string} root */
function pinnedElectron(root) {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).devDependencies.electron;
}
