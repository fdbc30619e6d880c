// @ts-check
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { differences } from '../backend/manifest.mjs';
import { runTool } from '../setup/tool.mjs';
import { Trouble } from '../setup/trouble.mjs';
import { frozenServer } from './frozen-server.mjs';
import { standInRuntime } from './stand-in.mjs';
import { standInTools } from './stand-in-tools.mjs';
import { outputs, unpackedAppIn } from './unpacked-app.mjs';

/** @typedef {import('../setup/tool.mjs').Work} Work */

/**
 * Packs the app into a folder. Whatever is built with a stand-in says so: in the folder's name, in About, in --doctor.
 * @param {Work} work
 * @param {object} options
 * @param {string} options.electron the binary that the set-up has found
 * @param {string} [options.backend] a frozen server in place of the clone's own
 * @param {boolean} [options.driven] lets tests drive it from within, which nothing that is shipped allows
 * @param {string} [options.output] relative to the clone
 * @param {string} [options.updates] the folder of another `updates.json` than the clone's
 * @returns {Promise<{ app: import('./unpacked-app.mjs').UnpackedApp, rehearsal: string | undefined }>}
 */
export async function packFolder(work, { electron, backend, driven, output, updates }) {
  const { root } = work;
  const server = frozenServer(root, backend);
  const runtime = standInRuntime(root, electron);
  const reasons = [
    ...(runtime ? [`Electron ${runtime.version} in place of ${pinnedElectron(root)}`] : []),
    ...(backend ? ['a server that is not the clone’s own'] : []),
    ...(driven ? ['tests can drive it'] : []),
    ...(updates ? ['a feed of updates for tests'] : []),
  ];
  const rehearsal = reasons.length > 0 ? reasons.join(', ') : undefined;
  const folder = output ?? (driven ? outputs.driven : rehearsal ? outputs.rehearsal : outputs.release);
  if (rehearsal && !folder.includes('rehearsal'))
    throw new Trouble(`This is a rehearsal (${rehearsal}), and ${folder} does not say so.`, 'Name it in --output.');
  const settings = {
    'directories.output': folder,
    ...(runtime ? { electronDist: runtime.folder, electronVersion: runtime.version } : {}),
    ...(rehearsal ? { 'extraMetadata.rehearsal': rehearsal } : {}),
    ...(driven ? { 'electronFuses.enableNodeCliInspectArguments': true } : {}),
  };
  // Relative: electron-builder puts its project's folder before whatever a variable stands for.
  const env = {
    ...process.env,
    CACHIBOT_DESKTOP_BACKEND: relative(root, server),
    CACHIBOT_DESKTOP_UPDATES: relative(root, updates ?? join(root, 'build')),
  };
  await build(work, ['--dir'], settings, env);

  const app = unpackedAppIn(join(root, folder));
  if (app === undefined) throw new Trouble(`${folder} holds no app that could be run here.`, `See ${work.logFile}.`);
  const wrong = differences(join(app.resources, 'backend'));
  if (wrong.length > 0)
    throw new Trouble(`The server was not packed as it is (${wrong.length} files: ${wrong[0]}).`, 'This is a bug.');
  return { app, rehearsal };
}

/**
 * Makes this system's installers of a packed app, in release/. Those of a rehearsal have it in their names.
 * @param {Work} work
 * @param {Awaited<ReturnType<typeof packFolder>>} packed
 * @returns {Promise<string[]>} their files, relative to the clone
 */
export async function packInstallers(work, { app, rehearsal }) {
  const { root } = work;
  const tools = rehearsal && process.platform === 'linux' ? await standInTools(work) : {};
  const env = {
    ...process.env,
    ...tools,
    CACHIBOT_DESKTOP_BACKEND: '.',
    CACHIBOT_DESKTOP_UPDATES: 'build',
    CACHIBOT_DESKTOP_MARK: rehearsal ? '-rehearsal' : '',
  };
  await build(work, ['--prepackaged', dirname(app.executable)], { 'directories.output': outputs.release }, env);
  const made = readdirSync(join(root, outputs.release)).filter(name => /\.(AppImage|deb|rpm|exe|dmg|zip)$/.test(name));
  return made.map(name => join(outputs.release, name));
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
