// @ts-check
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { writeManifest } from '../backend/manifest.mjs';
import { writeNotices } from '../dist/third-party-notices.mjs';
import { runTool } from '../setup/tool.mjs';
import { UserError } from '../setup/user-error.mjs';

/** @typedef {import('../setup/tool.mjs').Work} Work */
/** @typedef {import('./windows-tools.mjs').WindowsTools} WindowsTools */

/**
 * Returns what makes an app a rehearsal.
 * @param {string} server
 */
const rehearsal = server => `Electron for Windows from a package registry, ${server}, built on Linux`;

/**
 * Builds the Windows installer on Linux with a real but old Electron, to test the installer, not the installed app.
 * @param {Work} work
 * @param {WindowsTools} tools
 * @param {object} options
 * @param {string} options.output folder relative to the clone; is replaced
 * @param {string} [options.version] instead of the version in package.json
 * @param {string} [options.server] folder of a server, instead of the fake server
 * @param {{ pfx: string, password: string }} [options.certificate] to sign with
 * @param {Record<string, unknown>} [options.config] overrides electron-builder.yml
 * @param {string} [options.prepackaged] folder of a packed app; builds only its installer
 * @returns {Promise<string>} path of the installer
 */
export async function packWindows(work, tools, options) {
  const { output, version, server, certificate, config = {}, prepackaged } = options;
  const { parse } = await import('yaml');
  const { root } = work;
  const folder = join(root, output);
  rmSync(folder, { recursive: true, force: true });
  const backend = server ?? tools.server;
  if (server === undefined) writeManifest(backend);
  // This Electron is older than fuses.
  const { electronFuses: _, ...settings } = parse(readFileSync(join(root, 'electron-builder.yml'), 'utf8'));
  const changed = {
    ...settings,
    directories: { ...settings.directories, output },
    electronDist: tools.electron,
    electronVersion: tools.electronVersion,
    extraMetadata: {
      rehearsal: rehearsal(server ? 'a server frozen under wine' : 'a fake server'),
      ...(version === undefined ? {} : { version }),
    },
    win: { ...settings.win, target: [{ target: 'nsis', arch: ['x64'] }] },
    compression: 'store', // saves minutes
    // The fake plug-ins cause warnings. Differential packages would be compressed despite `store`.
    nsis: { ...settings.nsis, warningsAsErrors: false, differentialPackage: false },
    ...config,
  };
  const file = join(root, '.setup', 'dist', 'windows', 'electron-builder.json');
  writeFileSync(file, JSON.stringify(changed));
  const env = {
    ...tools.env,
    CACHIBOT_DESKTOP_BACKEND: relative(root, backend),
    CACHIBOT_DESKTOP_UPDATES: 'build',
    CACHIBOT_DESKTOP_PAPERS: await writeNotices(work, tools.electronVersion),
    CACHIBOT_DESKTOP_MARK: '-rehearsal',
    ...(certificate ? { CSC_LINK: certificate.pfx, CSC_KEY_PASSWORD: certificate.password } : {}),
  };
  const builder = join(root, 'node_modules', 'electron-builder', 'cli.js');
  const args = ['--win', '--x64', '--publish', 'never', '--config', file];
  const packed = prepackaged === undefined ? [] : ['--prepackaged', prepackaged];
  await runTool(work, process.execPath, [builder, ...args, ...packed], { env });
  const name = readdirSync(folder).find(each => each.endsWith('.exe'));
  if (name === undefined) throw new UserError(`${output} contains no installer.`, `See ${work.logFile}.`);
  return join(folder, name);
}
