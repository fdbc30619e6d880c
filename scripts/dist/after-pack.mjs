// @ts-check
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { writeManifest } from '../backend/manifest.mjs';
import { runChild } from '../testing/child.mjs';

/** What a program or library for macOS begins with, for one kind of processor or for several. */
const MACH_O = new Set(['cffaedfe', 'feedfacf', 'cafebabe']);

/**
 * Called by electron-builder when the app is packed and not yet signed. The programs in the frozen server are signed
 * here, and its manifest, which names their hashes, is written anew: all of it is sealed afterwards.
 * @param {object} context
 * @param {string} context.electronPlatformName
 * @param {string} context.appOutDir
 * @param {any} context.packager electron-builder's
 */
export default async function afterPack({ electronPlatformName: platform, appOutDir, packager }) {
  const backend = join(packager.getResourcesDir(appOutDir), 'backend');
  // On Windows each program was signed as it was copied.
  if (platform === 'win32' && (process.env['WIN_CSC_LINK'] || process.env['CSC_LINK'])) writeManifest(backend);
  if (platform === 'darwin' && packager.platformSpecificBuildOptions.identity !== null) {
    const { keychainFile } = await packager.codeSigningInfo.value;
    await signServer(backend, keychainFile, packager.platformSpecificBuildOptions.entitlementsInherit);
    writeManifest(backend);
  }
}

/**
 * @param {string} backend
 * @param {string | undefined} keychain the one electron-builder has made for the certificate
 * @param {string} entitlements
 */
async function signServer(backend, keychain, entitlements) {
  const where = keychain === undefined ? [] : [keychain];
  const known = await must('security', ['find-identity', '-v', '-p', 'codesigning', ...where]);
  const identity = /([0-9A-F]{40}) "Developer ID Application/.exec(known)?.[1];
  if (identity === undefined) throw new Error('There is no Developer ID certificate to sign the server with.');
  const options = ['--force', '--timestamp', '--options', 'runtime', '--entitlements', entitlements];
  const from = keychain === undefined ? [] : ['--keychain', keychain];
  // Libraries before the program that loads them.
  const files = programsIn(backend).sort((a, b) => b.split('/').length - a.split('/').length);
  for (const file of files) await must('codesign', [...options, ...from, '--sign', identity, file]);
}

/**
 * The files in a folder that are programs or libraries for macOS; no links, which lead to them.
 * @param {string} folder
 * @returns {string[]}
 */
export function programsIn(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile());
  return entries.map(entry => join(entry.parentPath, entry.name)).filter(file => MACH_O.has(beginning(file)));
}

/** @param {string} file */
function beginning(file) {
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
 * @param {string} command
 * @param {string[]} args
 */
async function must(command, args) {
  const { code, output } = await runChild(command, args, { cwd: process.cwd(), quiet: true });
  if (code !== 0) throw new Error(`${command} ${args.at(-1)} ended with code ${code}: ${output.trim()}`);
  return output;
}
