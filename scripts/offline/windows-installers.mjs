// @ts-check
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { writeManifest } from '../backend/manifest.mjs';
import { layPapers } from '../dist/third-party-notices.mjs';
import { runTool } from '../setup/tool.mjs';
import { UserError } from '../setup/user-error.mjs';

/** @typedef {import('../setup/tool.mjs').Work} Work */
/** @typedef {import('./windows-tools.mjs').WindowsTools} WindowsTools */

const REHEARSAL = 'Electron for Windows of a package registry, a stand-in for the server, made on Linux';

/**
 * Makes the Windows installer on Linux, of a real but old Electron: to try the installer, not what it installs.
 * @param {Work} work
 * @param {WindowsTools} tools
 * @param {object} options
 * @param {string} options.output relative to the clone; made anew
 * @param {string} [options.version] than that of package.json
 * @param {string} [options.server] a folder in place of the stand-in server's
 * @param {{ pfx: string, password: string }} [options.certificate] to sign with
 * @param {Record<string, unknown>} [options.config] in place of what electron-builder.yml says
 * @param {string} [options.prepackaged] the folder of an app that is packed already, of which only the installer is made
 * @returns {Promise<string>} the installer
 */
export async function packWindows(work, tools, options) {
  const { output, version, server, certificate, config = {}, prepackaged } = options;
  const { parse } = await import('yaml');
  const { root } = work;
  const folder = join(root, output);
  rmSync(folder, { recursive: true, force: true });
  const backend = server ?? tools.server;
  if (server === undefined) writeManifest(backend);
  // This Electron has no fuses yet.
  const { electronFuses: _, ...settings } = parse(readFileSync(join(root, 'electron-builder.yml'), 'utf8'));
  const changed = {
    ...settings,
    directories: { ...settings.directories, output },
    electronDist: tools.electron,
    electronVersion: tools.electronVersion,
    extraMetadata: { rehearsal: REHEARSAL, ...(version === undefined ? {} : { version }) },
    win: { ...settings.win, target: [{ target: 'nsis', arch: ['x64'] }] },
    compression: 'store', // minutes less
    // What the stand-ins lack is no reason to stop. Without parts for small updates, which are compressed in any case.
    nsis: { ...settings.nsis, warningsAsErrors: false, differentialPackage: false },
    ...config,
  };
  const file = join(root, '.setup', 'dist', 'windows', 'electron-builder.json');
  writeFileSync(file, JSON.stringify(changed));
  const env = {
    ...tools.env,
    CACHIBOT_DESKTOP_BACKEND: relative(root, backend),
    CACHIBOT_DESKTOP_UPDATES: 'build',
    CACHIBOT_DESKTOP_PAPERS: await layPapers(work, tools.electronVersion),
    CACHIBOT_DESKTOP_MARK: '-rehearsal',
    ...(certificate ? { CSC_LINK: certificate.pfx, CSC_KEY_PASSWORD: certificate.password } : {}),
  };
  const builder = join(root, 'node_modules', 'electron-builder', 'cli.js');
  const words = ['--win', '--x64', '--publish', 'never', '--config', file];
  const packed = prepackaged === undefined ? [] : ['--prepackaged', prepackaged];
  await runTool(work, process.execPath, [builder, ...words, ...packed], { env });
  const name = readdirSync(folder).find(each => each.endsWith('.exe'));
  if (name === undefined) throw new UserError(`${output} holds no installer.`, `See ${work.logFile}.`);
  return join(folder, name);
}
