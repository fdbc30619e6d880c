// @ts-check
import { join } from 'node:path';
import { writeManifest } from '../backend/manifest.mjs';
import { signFiles } from './artifact-signing.mjs';
import { fuseFileOf, setNewerFuses } from './fuses.mjs';
import { signServer } from './sign-mac.mjs';
import { signPrograms } from './sign-windows.mjs';
import { windowsCertificate } from './windows-certificate.mjs';

/**
 * electron-builder calls this when the app is packed and not yet signed. Sets the fuses that electron-builder does not
 * know. Signs the programs and libraries that electron-builder does not sign, and writes the server's manifest again,
 * because their hashes have changed. electron-builder then signs the app with all of it.
 * @param {object} context
 * @param {string} context.electronPlatformName
 * @param {string} context.appOutDir
 * @param {any} context.packager electron-builder's packager
 */
export default async function afterPack({ electronPlatformName: platform, appOutDir, packager }) {
  const backend = join(packager.getResourcesDir(appOutDir), 'backend');
  // A rehearsal for Windows has an Electron without fuses.
  if (packager.config.electronFuses != null) setNewerFuses(fuseFileOf(programOf(platform, appOutDir, packager)));
  const certificate = platform === 'win32' ? windowsCertificate(process.env) : undefined;
  if (certificate !== undefined) {
    const except = programOf(platform, appOutDir, packager);
    // A batch costs Azure as much time as one file.
    const sign = certificate.kind === 'artifact signing' ? signFiles : oneByOne(packager);
    await signPrograms(appOutDir, { except, sign });
    writeManifest(backend);
  }
  if (platform === 'darwin' && packager.platformSpecificBuildOptions.identity !== null) {
    const { keychainFile: keychain } = await packager.codeSigningInfo.value;
    await signServer(backend, { build: packager.info.buildResourcesDir, keychain });
    writeManifest(backend);
  }
}

/**
 * Returns a function that signs files as electron-builder signs its own.
 * @param {any} packager
 */
function oneByOne(packager) {
  return async (/** @type {string[]} */ files) => {
    for (const file of files) await packager.signIf(file);
  };
}

/**
 * Returns the path of the app's program.
 * @param {string} platform
 * @param {string} folder
 * @param {any} packager
 */
function programOf(platform, folder, packager) {
  const name = packager.appInfo.productFilename;
  if (platform === 'darwin') return join(folder, `${name}.app`, 'Contents', 'MacOS', name);
  return join(folder, platform === 'win32' ? `${name}.exe` : packager.executableName);
}
