// @ts-check
// The Windows installer on a real Windows, where nothing stands in for anything: what people are given.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { differences } from '../backend/manifest.mjs';
import { until } from '../chaos/poll.mjs';
import { outputs } from '../dist/unpacked-app.mjs';
import { expectWindowsTrusts, isUnsigned } from '../release/trusted.mjs';
import { Trouble } from '../setup/trouble.mjs';
import { runChild } from '../testing/child.mjs';

const UNINSTALL = 'Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall';

/**
 * @typedef {object} Windows
 * @property {string} localFolder %LOCALAPPDATA%
 * @property {(program: string, ...args: string[]) => Promise<{ code: number | null, output: string }>} run
 */

/**
 * Installs for this person what `npm run dist` has made, tries what is installed, and removes it.
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 * @param {(line: string) => void} say
 */
export function realWindowsChecks(root, env, say) {
  /** @type {Windows} */
  const windows = {
    localFolder: String(env['LOCALAPPDATA']),
    run: (program, ...args) => runChild(program, args, { cwd: root, env, quiet: true }),
  };
  let installed = false;
  return {
    async 'The installer installs for this person'() {
      await install(windows, installerIn(join(root, outputs.release)));
      installed = true;
    },
    async 'Windows finds what is installed signed, unless its name says that it is not'() {
      const signed = await expectSigned(windows, installerIn(join(root, outputs.release)));
      say(signed ? '  both signatures are valid' : '  not signed, as its name says');
    },
    async 'Its uninstaller leaves nothing'() {
      // A person's own is not removed.
      if (!installed) throw new Trouble('Nothing was installed, so nothing is removed.', '');
      await uninstall(windows);
    },
  };
}

/**
 * The installer for x64 in a folder. Throws a Trouble when it is not there, or not the only one.
 * @param {string} folder
 */
export function installerIn(folder) {
  const found = existsSync(folder) ? readdirSync(folder).filter(name => /^CachiBot-.*-x64\.exe$/.test(name)) : [];
  const [name] = found;
  if (name === undefined || found.length > 1)
    throw new Trouble(`${folder} holds ${found.length} installers for x64.`, 'Build it first: npm run dist');
  return join(folder, name);
}

/**
 * Without a question. Refuses where CachiBot is installed: it would be removed with the test's own.
 * @param {Windows} windows
 * @param {string} installer
 */
export async function install(windows, installer) {
  const before = await installedVersion(windows);
  if (before !== undefined) throw new Trouble(`CachiBot ${before} is installed here.`, 'Uninstall it first.');
  await must(windows, installer, '/S');
  const wrong = differences(join(programs(windows), 'resources', 'backend'));
  if (wrong.length > 0) throw new Error(`The server was not installed as it was packed: ${wrong.join(', ')}`);
  if ((await installedVersion(windows)) === undefined) throw new Error('Windows was not told that it is installed.');
}

/**
 * Whether the installer and what it has installed are signed; its name may say that they are not. Throws a Trouble where
 * Windows does not find a signature valid.
 * @param {Windows} windows
 * @param {string} installer
 */
export async function expectSigned(windows, installer) {
  if (isUnsigned(installer)) return false;
  await expectWindowsTrusts([installer, join(programs(windows), 'CachiBot.exe')], windows.run);
  return true;
}

/** @param {Windows} windows */
export async function uninstall(windows) {
  await must(windows, join(programs(windows), 'Uninstall CachiBot.exe'), '/S');
  // It goes on in a copy of itself.
  const left = [programs(windows), join(windows.localFolder, 'cachibot-desktop-updater')];
  await until('its folders are gone', () => !left.some(folder => existsSync(folder)), {
    instead: () => left.filter(folder => existsSync(folder)),
  });
  await until('Windows lists it no more', async () => (await installedVersion(windows)) === undefined);
}

/**
 * The version that Windows lists among this person's programs, or everybody's.
 * @param {Windows} windows
 */
async function installedVersion({ run }) {
  for (const hive of ['HKCU', 'HKLM']) {
    const { output } = await run('reg', 'query', `${hive}\\${UNINSTALL}`, '/s');
    const found = /^\s*DisplayName\s+REG_SZ\s+CachiBot (\S+)/m.exec(output)?.[1];
    if (found !== undefined) return found;
  }
  return undefined;
}

/** @param {Windows} windows */
function programs({ localFolder }) {
  return join(localFolder, 'Programs', 'CachiBot');
}

/**
 * @param {Windows} windows
 * @param {string} program
 * @param {string[]} args
 */
async function must({ run }, program, ...args) {
  const { code, output } = await run(program, ...args);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with code ${code}. ${output.trim()}`);
}
