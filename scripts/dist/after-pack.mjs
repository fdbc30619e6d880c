// @ts-check
import { join } from 'node:path';
import { writeManifest } from '../backend/manifest.mjs';
import { signServer } from './sign-mac.mjs';

/**
 * electron-builder calls this when the app is packed and not yet signed. Signs the programs and libraries of the frozen
 * server and writes its manifest again, because their hashes have changed. electron-builder then signs the app with all
 * of it.
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
    const { keychainFile: keychain } = await packager.codeSigningInfo.value;
    await signServer(backend, { build: packager.info.buildResourcesDir, keychain });
    writeManifest(backend);
  }
}
