// @ts-check
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { differences } from '../backend/manifest.mjs';
import { runTool } from '../setup/tool.mjs';
import { Trouble } from '../setup/trouble.mjs';
import { frozenServer } from './frozen-server.mjs';
import { standInRuntime } from './stand-in.mjs';
import { outputs, unpackedAppIn } from './unpacked-app.mjs';

/** @typedef {import('../setup/tool.mjs').Work} Work */

/**
 * Packs the app into a folder. Whatever is built with a stand-in says so: in the folder's name, in About, in --doctor.
 * @param {Work} work
 * @param {object} options
 * @param {string} options.electron the binary that the set-up has found
 * @param {string} [options.backend] a frozen server in place of the clone's own
 * @param {string} [options.output] relative to the clone
 * @returns {Promise<{ app: import('./unpacked-app.mjs').UnpackedApp, rehearsal: string | undefined }>}
 */
export async function packFolder(work, { electron, backend, output }) {
  const { root } = work;
  const server = frozenServer(root, backend);
  const runtime = standInRuntime(root, electron);
  const reasons = [
    ...(runtime ? [`Electron ${runtime.version} in place of ${pinnedElectron(root)}`] : []),
    ...(backend ? ['a server that is not the clone’s own'] : []),
  ];
  const rehearsal = reasons.length > 0 ? reasons.join(', ') : undefined;
  const folder = output ?? (rehearsal ? outputs.rehearsal : outputs.release);
  if (rehearsal && !folder.includes('rehearsal'))
    throw new Trouble(`This is a rehearsal (${rehearsal}), and ${folder} does not say so.`, 'Name it in --output.');
  const settings = {
    'directories.output': folder,
    ...(runtime ? { electronDist: runtime.folder, electronVersion: runtime.version } : {}),
    ...(rehearsal ? { 'extraMetadata.rehearsal': rehearsal } : {}),
  };
  const args = Object.entries(settings).map(([name, value]) => `-c.${name}=${value}`);
  const builder = join(root, 'node_modules', 'electron-builder', 'cli.js');
  // Relative: electron-builder puts its project's folder before whatever a variable stands for.
  const env = { ...process.env, CACHIBOT_DESKTOP_BACKEND: relative(root, server) };
  await runTool(work, process.execPath, [builder, '--dir', '--publish', 'never', ...args], { env });

  const app = unpackedAppIn(join(root, folder));
  if (app === undefined) throw new Trouble(`${folder} holds no app that could be run here.`, `See ${work.logFile}.`);
  const wrong = differences(join(app.resources, 'backend'));
  if (wrong.length > 0)
    throw new Trouble(`The server was not packed as it is (${wrong.length} files: ${wrong[0]}).`, 'This is a bug.');
  return { app, rehearsal };
}

/** @param {string} root */
function pinnedElectron(root) {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).devDependencies.electron;
}
