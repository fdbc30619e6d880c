// @ts-check
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { writeManifest } from '../backend/manifest.mjs';
import { runChild } from '../testing/child.mjs';

/** First four bytes of programs and libraries for macOS, for one architecture or for several. */
const MACH_O = new Set(['cffaedfe', 'feedfacf', 'cafebabe']);

/**
 * electron-builder calls this when the app is packed and not yet signed. Signs the programs of the frozen server and
 * writes its manifest again, because their hashes have changed. electron-builder then signs the app with all of it.
 * @param {object} context
 * @param {string} context.electronPlatformName
 * @param {string} context.appOutDir
 * @param {any} context.packager electron-builder's packager
 */
export default async function afterPack({ electronPlatformName: platform, appOutDir, packager }) {
  const backend = join(packager.getResourcesDir(appOutDir), 'backend');
  // On Windows, electron-builder has signed each program when it copied it.
  if (platform === 'win32' && (process.env['WIN_CSC_LINK'] || process.env['CSC_LINK'])) writeManifest(backend);
  if (platform === 'darwin' && packager.platformSpecificBuildOptions.identity !== null) {
    const { keychainFile } = await packager.codeSigningInfo.value;
    await signServer(backend, keychainFile, packager.platformSpecificBuildOptions.entitlementsInherit);
    writeManifest(backend);
  }
}

/**
 * @param {string} backend
 * @param {string | undefined} keychain keychain that electron-builder has created for the certificate
 * @param {string} entitlements
 */
async function signServer(backend, keychain, entitlements) {
  const keychains = keychain === undefined ? [] : [keychain];
  const identities = await runOrThrow('security', ['find-identity', '-v', '-p', 'codesigning', ...keychains]);
  const identity = /([0-9A-F]{40}) "Developer ID Application/.exec(identities)?.[1];
  if (identity === undefined) throw new Error('There is no Developer ID certificate to sign the server with.');
  const options = ['--force', '--timestamp', '--options', 'runtime', '--entitlements', entitlements];
  const from = keychain === undefined ? [] : ['--keychain', keychain];
  // Sign libraries before the program that loads them.
  const files = programsIn(backend).sort((a, b) => b.split('/').length - a.split('/').length);
  for (const file of files) await runOrThrow('codesign', [...options, ...from, '--sign', identity, file]);
}

/**
 * Returns the programs and libraries for macOS in a folder, without links to them.
 * @param {string} folder
 * @returns {string[]}
 */
export function programsIn(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile());
  return entries.map(entry => join(entry.parentPath, entry.name)).filter(file => MACH_O.has(firstBytes(file)));
}

/** @param {string} file */
function firstBytes(file) {
  const bytes = Buffer.alloc(4);
  const open = openSync(file, 'r');
  try {
    readSync(open, bytes);
    return bytes.toString('hex');
  } finally {
    closeSync(open);
  }
}

/**
 * Runs a program and returns its output. Throws if it fails.
 * @param {string} command
 * @param {string[]} args
 */
async function runOrThrow(command, args) {
  const { code, output } = await runChild(command, args, { cwd: process.cwd(), quiet: true });
  if (code !== 0) throw new Error(`${command} ${args.at(-1)} exited with code ${code}: ${output.trim()}`);
  return output;
}
