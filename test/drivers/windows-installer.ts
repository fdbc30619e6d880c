/** Runs the Windows installer and uninstaller, on a real Windows or under wine. */

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { bundleDifferences } from '../../scripts/backend/manifest.mjs';
import { windowsProgramsIn } from '../../scripts/dist/portable-executable.mjs';
import { checkSigned } from '../../scripts/dist/sign-windows.mjs';
import { isUnsigned, verifyWindowsSignatures } from '../../scripts/release/verify-notarization.mjs';
import { UserError } from '../../scripts/setup/user-error.mjs';
import { until } from './poll';

const UNINSTALL = 'Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall';

export interface Windows {
  /** Path of %LOCALAPPDATA%. */
  localFolder: string;
  run(program: string, ...args: string[]): Promise<{ code: number | null; output: string }>;
}

/**
 * Finds the x64 installer in a folder.
 * @throws UserError when there is none, or more than one
 */
export function installerIn(folder: string): string {
  const found = existsSync(folder) ? readdirSync(folder).filter(name => /^CachiBot-.*-x64\.exe$/.test(name)) : [];
  const [name] = found;
  if (name === undefined || found.length > 1)
    throw new UserError(`${folder} contains ${found.length} installers for x64.`, 'Build it first: npm run dist');
  return join(folder, name);
}

/**
 * Installs for the current user, without dialogs.
 * @throws UserError when CachiBot is installed already, because the test would remove it
 */
export async function install(windows: Windows, installer: string): Promise<void> {
  const before = await installedVersion(windows);
  if (before !== undefined) throw new UserError(`CachiBot ${before} is installed here.`, 'Uninstall it first.');
  await runOrThrow(windows, installer, '/S');
  const wrong = bundleDifferences(join(folderOf(windows), 'resources', 'backend'));
  if (wrong.length > 0) throw new Error(`The server was not installed as it was packed: ${wrong.join(', ')}`);
  if ((await installedVersion(windows)) === undefined) throw new Error('The app is not in Windows’ list of programs.');
}

/**
 * Checks the signatures of the installers of both architectures, and of every installed program and library.
 * @returns the number of checked files; 0 if the installer's name says that it is unsigned
 * @throws UserError when one has no signature, or Windows does not accept it
 */
export async function expectSigned(windows: Windows, installer: string): Promise<number> {
  if (isUnsigned(installer)) return 0;
  const arm64 = installer.replace('-x64.exe', '-arm64.exe');
  checkSigned(folderOf(windows));
  const installed = windowsProgramsIn(folderOf(windows)).map(({ file }) => file);
  const files = [installer, ...(arm64 !== installer && existsSync(arm64) ? [arm64] : []), ...installed];
  await verifyWindowsSignatures(files, windows.run);
  return files.length;
}

/** Uninstalls, and waits until no folder and no entry in Windows' list of programs remains. */
export async function uninstall(windows: Windows): Promise<void> {
  await runOrThrow(windows, join(folderOf(windows), 'Uninstall CachiBot.exe'), '/S');
  // The uninstaller continues in a copy of itself.
  const others = ['cachibot-desktop-updater', 'CachiBot'].map(name => join(windows.localFolder, name));
  const left = () => [folderOf(windows), ...others].filter(folder => existsSync(folder));
  await until('the removal of its folders', () => left().length === 0, { actual: left });
  await until(
    'its removal from Windows’ list of programs',
    async () => (await installedVersion(windows)) === undefined,
  );
}

/** Path of the installed program. */
export function programIn(windows: Windows): string {
  return join(folderOf(windows), 'CachiBot.exe');
}

/** The version in Windows' list of programs, for this user or for all users. */
async function installedVersion({ run }: Windows): Promise<string | undefined> {
  for (const hive of ['HKCU', 'HKLM']) {
    const { output } = await run('reg', 'query', `${hive}\\${UNINSTALL}`, '/s');
    const found = /^\s*DisplayName\s+REG_SZ\s+CachiBot (\S+)/m.exec(output)?.[1];
    if (found !== undefined) return found;
  }
  return undefined;
}

function folderOf({ localFolder }: Windows): string {
  return join(localFolder, 'Programs', 'CachiBot');
}

async function runOrThrow({ run }: Windows, program: string, ...args: string[]): Promise<void> {
  const { code, output } = await run(program, ...args);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} exited with code ${code}. ${output.trim()}`);
}
